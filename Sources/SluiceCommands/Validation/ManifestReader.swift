// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Subprocess
import SystemPackage
import Workspace

/// Asks a location's executable what it defines.
struct ManifestReader {
  let file: WorkspaceFile

  /// How long `describe` may take.
  private static let deadline: Duration = .seconds(60)

  /// Runs `executable describe --json`.
  ///
  /// - Throws: ``CommandFailure`` with what the executable said.
  func manifest(of location: WorkspaceLocation, executable: String) async throws -> Manifest {
    let path = file.resolve(executable)
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw CommandFailure("\(path) is not built", mend: BuildHint.command(for: path))
    }
    let (status, output, complaint) = try await describe(path, location.environment)
    guard status.isSuccess else {
      throw CommandFailure(
        complaint.isEmpty ? "'\(path) describe --json' ended with \(status)" : Shown.block(complaint, indent: "  "))
    }
    do {
      return try JSONDecoder().decode(Description.self, from: Data(output.utf8)).manifest
    } catch {
      throw CommandFailure("'\(path) describe --json' printed no manifest: \(error)")
    }
  }

  /// A manifest, alone or in an envelope beside its digest.
  private struct Description: Decodable {
    let manifest: Manifest

    private enum Field: CodingKey { case manifest }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: Field.self)
      manifest = fields.contains(.manifest) ? try fields.decode(Manifest.self, forKey: .manifest) : try Manifest(from: decoder)
    }
  }

  private func describe(_ path: String, _ environment: [String: String]) async throws -> (TerminationStatus, String, String) {
    let added = Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) })
    return try await withThrowingTaskGroup(of: (TerminationStatus, String, String).self) { tasks in
      tasks.addTask {
        let result = try await run(
          .path(FilePath(path)), arguments: ["describe", "--json"], environment: .inherit.updating(added),
          output: .string(limit: Limits.manifestBytes), error: .string(limit: Limits.messageLength))
        let complaint = result.standardError.trimmingCharacters(in: .whitespacesAndNewlines)
        return (result.terminationStatus, result.standardOutput, complaint)
      }
      tasks.addTask {
        try await Task.sleep(for: Self.deadline)
        throw CommandFailure("'\(path) describe --json' took longer than \(Self.deadline)")
      }
      defer { tasks.cancelAll() }
      guard let first = try await tasks.next() else { throw CancellationError() }
      return first
    }
  }
}
