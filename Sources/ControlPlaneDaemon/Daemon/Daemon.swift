// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI
import Foundation
import LocationWire
package import Logging
package import Orchestrator
import ServiceLifecycle
import UnixSignals
import Workspace

/// The control plane of one workspace: engine, connections and API, over one data directory.
package struct Daemon: DaemonControls {
  package static let version = "0.1.0"

  package let facts: DaemonFacts
  package let meter = Meter()
  private let configuration: DaemonConfiguration
  private let logger: Logger
  private let engine: Engine
  private let plane: LocationPlane
  private let keeper: WorkspaceKeeper
  private let store: ChosenStore
  private let reigns: ReignSignal
  private let upstreams: UpstreamNotices

  /// Reads the workspace; nothing is started or written yet.
  ///
  /// - Throws: `WorkspaceError` with every problem of the file; ``APIServerRefusal`` for an address that may not be bound.
  package init(_ configuration: DaemonConfiguration, clock: any EngineClock = SystemClock(), logger: Logger) throws {
    _ = try APIServerConfiguration(host: configuration.host, port: configuration.port, token: configuration.token)
    let file = try WorkspaceFile.read(configuration.workspace)
    let name = "\(ProcessInfo.processInfo.hostName):\(configuration.port), process \(ProcessInfo.processInfo.processIdentifier)"
    store = ChosenStore(configuration.store, directory: configuration.dataDirectory, name: name, logger: logger)
    reigns = ReignSignal()
    let log = LocationLog(logger)
    upstreams = UpstreamNotices(log)
    self.configuration = configuration
    self.logger = logger
    plane = LocationPlane(log)
    engine = Engine(
      journal: store.journal, plane: plane, clock: clock, observer: Observers(meter, EventLog(log), reigns, upstreams),
      beside: LongWorkThreads.shared)
    keeper = WorkspaceKeeper(
      file, secrets: configuration.secretsDirectory, engine: engine, plane: plane, logger: logger)
    facts = DaemonFacts(
      version: Self.version, startedAt: clock.now, dataDirectory: store.description,
      workspace: URL(fileURLWithPath: configuration.workspace).standardizedFileURL.path)
  }

  /// Runs until SIGTERM or SIGINT, or until the store is taken over.
  ///
  /// - Parameter bound: told the port of the API once it listens.
  /// - Throws: `JournalError` when the data directory is held, damaged or too new; what the server throws when it cannot bind.
  package func run(bound: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
    let limits = httpLimits
    let server = try HTTPService(
      queries: ControlPlaneQueries(engine: engine, controls: self), host: configuration.host, port: configuration.port,
      token: configuration.token, limits: limits, logger: logger, bound: bound)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          // The loop of the first sessions too: on its way from one to the other a message waits for no thread.
          .init(service: Loop { try await withTaskExecutorPreference(SessionLoops.all[0]) { try await engine.run() } }),
          .init(service: Loop { await plane.run(engine) }),
          .init(service: Loop { try await keepWorkspace() }),
          .init(service: Loop { await upstreams.run(engine) }),
          .init(service: server),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    do {
      try await group.run()
    } catch {
      await store.close()
      throw error
    }
    // Whoever follows may lead at once, rather than when the lease runs out.
    await store.close()
  }

  /// The API's limits beside what the store and the locations need.
  private var httpLimits: HTTPLimits {
    guard let descriptors = configuration.descriptors else { return configuration.limits }
    let limits = descriptors.bound(configuration.limits, locations: keeper.file.locations.count)
    logger.info(
      "open files",
      metadata: [
        "limit_before": "\(descriptors.before)", "limit": "\(descriptors.now)", "http_connections": "\(limits.connections)",
      ])
    if limits.connections < configuration.limits.connections {
      logger.warning(
        "the API takes fewer connections, since the process may open only \(descriptors.now) files",
        metadata: ["connections": "\(limits.connections)", "mend": "raise the hard limit: LimitNOFILE=, or ulimit -Hn"])
    }
    return limits
  }

  private func keepWorkspace() async throws {
    let hangups = await UnixSignalsSequence(trapping: .sighup)
    try await withThrowingDiscardingTaskGroup { group in
      // Each reign puts this daemon's own file in force: another daemon may have led with another meanwhile.
      group.addTask {
        for await _ in reigns.stream {
          do {
            try await keeper.begin()
          } catch is EngineError {
            // That reign is over already; the next one begins again.
          }
        }
      }
      // An error is kept for `status`, and the running workspace stays in force.
      group.addTask { for await _ in hangups { _ = try? await keeper.reload() } }
    }
  }

  // MARK: What the API asks

  package var problems: [String] { [keeper.problem].compactMap(\.self) }

  package var addresses: [LocationName: String] {
    Dictionary(keeper.file.locations.map { ($0.name, $0.address.description) }) { first, _ in first }
  }

  package var connections: [LocationName: ConnectionStatus] { plane.statuses }

  package func reload() async throws -> ReloadResult { try await keeper.reload() }

  package func backUp(_ request: BackupRequest) async throws -> BackupSummary {
    let summary = try await store.backups.make(request, release: Self.version, at: SystemClock().now)
    logger.notice(
      "backup made", metadata: ["file": "\(summary.file)", "position": "\(summary.position)", "bytes": "\(summary.bytes)"])
    return summary
  }

  package func preview(_ version: PinnedVersion, of location: LocationName, limit: Int) async throws -> PreviewRows {
    if case .following(let leader) = engine.status { throw Engine.refusal(following: leader) }
    guard let connection = plane.connection(to: location) else {
      throw DaemonError("location '\(location)' is not in the workspace")
    }
    return try await connection.preview(version, limit: limit)
  }
}

/// Says when a reign has begun.
private final class ReignSignal: EngineObserver {
  let stream: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation

  init() { (stream, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  func reignBegan(_ reign: Reign, on state: State) { signal.yield() }
}

/// A service that runs until a graceful shutdown cancels it.
private struct Loop: Service {
  let body: @Sendable () async throws -> Void

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown(body)
    } catch is CancellationError {
      // Shutting down is how a loop ends.
    }
  }
}
