// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
package import Logging
package import Orchestrator
import Synchronization
package import Workspace

/// Keeps the running workspace: puts the file in force, and keeps the last good one when an edit is broken.
package final class WorkspaceKeeper: Sendable {
  private struct Content {
    var file: WorkspaceFile
    var problem: String?
  }

  private let path: String
  private let engine: Engine
  private let plane: LocationPlane
  private let secrets: String?
  private let logger: Logger
  private let content: Mutex<Content>

  /// - Parameter secrets: a directory with the secrets of locations that the file names none for.
  package init(_ file: WorkspaceFile, secrets: String? = nil, engine: Engine, plane: LocationPlane, logger: Logger) {
    self.secrets = secrets
    path = file.path
    self.engine = engine
    self.plane = plane
    self.logger = logger
    content = Mutex(Content(file: file))
  }

  /// The workspace in force.
  package var file: WorkspaceFile { content.withLock { $0.file } }

  /// Why the last edit is not in force; nil where it is.
  package var problem: String? { content.withLock { $0.problem } }

  /// Puts the file that the daemon was started with in force.
  package func begin() async throws { try await enforce(file) }

  /// Reads the file again and puts it in force.
  ///
  /// While another daemon leads, or the store is away, the file is kept and put in force when this daemon leads again.
  ///
  /// - Throws: `WorkspaceError` for a file with problems, and the running workspace stays; `EngineError` where it is not in force yet.
  package func reload() async throws -> ReloadResult {
    do {
      let next = try WorkspaceFile.read(path)
      let before = file
      do {
        try await enforce(next)
      } catch let error as EngineError {
        content.withLock { $0 = Content(file: next, problem: nil) }
        logger.notice("workspace kept until this daemon leads", metadata: ["reason": "\(error)"])
        throw error
      }
      content.withLock { $0 = Content(file: next, problem: nil) }
      let result = Self.difference(from: before, to: next)
      logger.info(
        "workspace reloaded",
        metadata: ["added": "\(result.added)", "removed": "\(result.removed)", "changed": "\(result.changed)"])
      return result
    } catch let error as EngineError {
      throw error
    } catch {
      content.withLock { $0.problem = "the workspace file is not in force: \(error)" }
      logger.error("workspace not reloaded", metadata: ["error": "\(error)"])
      throw error
    }
  }

  private func enforce(_ file: WorkspaceFile) async throws {
    let definition = WorkspaceDefinition(locations: file.locations.map { LocationDefinition($0) })
    if case .refused(let error) = try await engine.submit(.loadWorkspace(definition)) { throw error }
    plane.connect(to: file.locations.map { LocationEndpoint($0, in: file, secrets: secrets) })
  }

  private static func difference(from before: WorkspaceFile, to after: WorkspaceFile) -> ReloadResult {
    let old = Dictionary(before.locations.map { ($0.name, $0) }) { first, _ in first }
    let new = Dictionary(after.locations.map { ($0.name, $0) }) { first, _ in first }
    return ReloadResult(
      added: new.keys.filter { old[$0] == nil }.sorted().map(\.description),
      removed: old.keys.filter { new[$0] == nil }.sorted().map(\.description),
      changed: new.filter { name, location in old[name].map { $0 != location } ?? false }.keys.sorted().map(\.description))
  }
}

extension LocationDefinition {
  /// What the file says of a location, as the core enforces it.
  package init(_ location: WorkspaceLocation) {
    let share = location.share
    let quotas = LocationQuotas(
      logBytesPerStep: share.logBytesPerStep, logBytesPerRun: share.logBytesPerRun, logBytesPerDay: share.logBytesPerDay,
      detailBytesPerStep: share.detailBytesPerStep, detailBytesPerDay: share.detailBytesPerDay,
      stepsInProgress: share.stepsInProgress)
    self.init(
      name: location.name, owns: location.owns, maxInFlight: share.attempts,
      quotas: quotas == LocationQuotas() ? nil : quotas)
  }
}
