// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import ControlPlaneDaemon
import Logging
import Orchestrator
import Synchronization
import Workspace

/// The API over a real engine and real connections, without a daemon's files and signals.
struct RunningAPI: DaemonControls {
  let plane: LocationPlane
  let file: WorkspaceFile

  let facts = DaemonFacts(
    version: "0", startedAt: Timestamp(seconds: 0), dataDirectory: "/data", workspace: "workspace.yaml")
  let problems: [String] = []
  let meter: Meter
  let backups: BackupDesk
  var addresses: [LocationName: String] { [:] }
  var connections: [LocationName: ConnectionStatus] { plane.statuses }

  func reload() async throws -> ReloadResult {
    throw WorkspaceError(
      path: "workspace.yaml", problems: [WorkspaceProblem(line: 3, column: 1, "no such field", mend: "remove it")])
  }

  func backUp(_ request: BackupRequest) async throws -> BackupSummary {
    try await backups.make(request, release: facts.version, at: facts.startedAt)
  }

  func preview(_ version: PinnedVersion, of location: LocationName, limit: Int) async throws -> PreviewRows {
    PreviewRows(columns: ["row"], rows: [["\(version.version)"]], truncated: false)
  }

  /// Of a daemon that has no locations.
  static func idle() throws -> RunningAPI {
    RunningAPI(
      plane: LocationPlane(LocationLog(quiet)), file: WorkspaceFile(path: "workspace.yaml", locations: []), meter: Meter(),
      backups: BackupDesk(.postgres("a database")))
  }

  /// Serves the API of a workspace of these locations on a free port while `body` runs.
  static func serve(
    _ file: WorkspaceFile, token: String? = nil, limits: HTTPLimits = HTTPLimits(), notices: Logger = quiet,
    on journal: MemoryJournal = MemoryJournal(incarnation: Incarnation(7)), clock: any EngineClock = SystemClock(),
    backups: BackupDesk = BackupDesk(.postgres("the PostgreSQL database 'sluice' on db")), counting events: [Event] = [],
    body: @escaping @Sendable (ControlPlaneClient, Engine) async throws -> Void
  ) async throws {
    let plane = LocationPlane(LocationLog(quiet))
    let meter = Meter()
    meter.committed(
      events.map { StampedEvent(at: Timestamp(seconds: 0), event: $0) }, through: 0, latency: .zero, waiting: 0)
    let upstreams = UpstreamNotices(LocationLog(notices))
    let engine = Engine(journal: journal, plane: plane, clock: clock, observer: Observers(meter, upstreams))
    let queries = ControlPlaneQueries(
      engine: engine, controls: RunningAPI(plane: plane, file: file, meter: meter, backups: backups))
    let ports = AsyncStream.makeStream(of: Int.self)
    let service = try HTTPService(queries: queries, host: "127.0.0.1", port: 0, token: token, limits: limits, logger: quiet) {
      ports.continuation.yield($0)
    }
    try await withThrowingTaskGroup { group in
      group.addTask { try await engine.run() }
      group.addTask { await plane.run(engine) }
      group.addTask { await upstreams.run(engine) }
      group.addTask { try await service.run() }
      defer { group.cancelAll() }
      let definition = WorkspaceDefinition(locations: file.locations.map { LocationDefinition(name: $0.name, owns: $0.owns) })
      _ = try await engine.submit(.loadWorkspace(definition))
      plane.connect(to: file.locations.map { LocationEndpoint($0, in: file) })
      var iterator = ports.stream.makeAsyncIterator()
      let port = await iterator.next() ?? 0
      try await body(ControlPlaneClient(url: "http://127.0.0.1:\(port)", token: token, deadline: .seconds(120)), engine)
    }
  }
}
