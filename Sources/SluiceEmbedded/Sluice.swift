// SPDX-License-Identifier: Apache-2.0

public import AssetKit
public import AssetModel
import Crypto
import Foundation
public import Orchestrator

/// Runs locations in this process, without a daemon and without a network, while `body` runs.
///
/// The same gate, plans, retries and journal as the control plane's. Everything stops when `body` returns or throws.
/// - Parameters:
///   - locations: what this process defines; more than one may depend on each other, by sharing as always.
///   - journal: where the truth is kept; in memory unless said otherwise.
///   - storage: the IO manager of assets that name none; in memory unless said otherwise.
///   - slots: how many steps of one location may run at once.
/// - Throws: `DefinitionErrors` for wrong definitions, ``CommandError`` when the locations do not fit together, and what
///   `body` throws.
public func withSluice<Result: Sendable>(
  _ locations: any CodeLocation..., journal: any Journal = MemoryJournal(incarnation: .random()),
  storage: any IOManager = InMemoryIOManager(), slots: Int = 16,
  _ body: @Sendable (Sluice) async throws -> Result
) async throws -> Result {
  let loaded = try locations.map { try LoadedLocation($0, storage: storage) }
  let hosts = try loaded.map { location in
    EmbeddedPlane.Host(
      manifest: location.manifest, digest: try location.manifest.embeddedDigest(), runner: location.runner, slots: slots)
  }
  let plane = EmbeddedPlane(hosts)
  let sluice = Sluice(engine: Engine(journal: journal, plane: plane))
  let outcome = try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await sluice.engine.run() }
    group.addTask { await plane.serve(sluice.engine) }
    defer { group.cancelAll() }
    // An engine that fails refuses whatever is asked of it, so that the body ends too.
    try await sluice.load(plane.workspace, hosts)
    return try await body(sluice)
  }
  for location in loaded { await location.close() }
  return outcome
}

/// A control plane in this process; see ``withSluice(_:journal:storage:slots:_:)``.
public struct Sluice: Sendable {
  /// The engine, for everything that has no shorthand here.
  public let engine: Engine

  /// Materializes what a selection means, and waits for the run to end.
  ///
  /// - Parameters:
  ///   - partitions: `a..b`, `a,b`, `latest` or `all`; needed where a selected asset has partitions.
  ///   - trace: the trace that this is part of; steps get spans of their own in it.
  /// - Throws: `ModelError` for a malformed selection, ``CommandError`` when the launch is refused.
  @discardableResult
  public func materialize(
    _ selection: String = "*", partitions: String? = nil, trace: TraceContext? = nil
  ) async throws -> FinishedRun {
    try await run(selection, partitions, .materialize, trace)
  }

  /// Evaluates the checks of what a selection means on the versions that exist, and waits for the run to end.
  @discardableResult
  public func check(
    _ selection: String = "*", partitions: String? = nil, trace: TraceContext? = nil
  ) async throws -> FinishedRun {
    try await run(selection, partitions, .checksOnly, trace)
  }

  /// Whether a new run may read an asset partition, and if not, why.
  public func gate(of asset: String, partition: PartitionKey = .only) async throws -> GateExplanation {
    let target = AssetPartition(try AssetKey(asset), partition)
    let now = engine.now
    return try await engine.read { $0.explainGate(of: target, at: now) }
  }

  /// What consumers read: the number of the last promoted version; nil when there is none.
  public func current(of asset: String, partition: PartitionKey = .only) async throws -> VersionNumber? {
    let target = AssetPartition(try AssetKey(asset), partition)
    return try await engine.read { $0.current(of: target) }
  }

  private func run(
    _ selection: String, _ partitions: String?, _ kind: RunKind, _ trace: TraceContext?
  ) async throws -> FinishedRun {
    let asked: LaunchRequest.Partitions =
      switch partitions {
      case nil: .unspecified
      case "all": .all
      case "latest": .latest
      case .some(let text): .text(text)
      }
    let request = LaunchRequest(try Selection(selection), partitions: asked, kind: kind, trace: trace)
    let receipt = try await engine.launch(request)
    return FinishedRun(id: receipt.run, outcome: try await engine.outcome(of: receipt.run))
  }

  /// Brings the definitions into force before anything is launched.
  func load(_ workspace: WorkspaceDefinition, _ hosts: [EmbeddedPlane.Host]) async throws {
    if case .refused(let error) = try await engine.submit(.loadWorkspace(workspace)) { throw error }
    for host in hosts {
      _ = try await engine.submit(.manifestReceived(host.manifest.location, host.digest, host.manifest))
    }
    let refusals = try await engine.read { $0.graph.refusals }
    if let first = refusals.first { throw CommandError(.unschedulable, "\(first.location): \(first.reason)") }
  }
}

/// A run that has ended.
public struct FinishedRun: Hashable, Sendable {
  public let id: RunID
  public let outcome: RunOutcome
}

extension Incarnation {
  /// A new store's name.
  public static func random() -> Incarnation { Incarnation(UInt32.random(in: .min ... .max)) }
}

extension Manifest {
  /// A fingerprint over the manifest's JSON with sorted keys; the wire has its own, over its own bytes.
  func embeddedDigest() throws -> ManifestDigest {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let hash = SHA256.hash(data: try encoder.encode(self))
    return ManifestDigest("sha256:" + hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined())
  }
}
