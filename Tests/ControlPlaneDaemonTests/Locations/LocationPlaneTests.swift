// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import ControlPlaneDaemon
import GRPCCore
import GRPCNIOTransportHTTP2
import LocationWire
import Orchestrator
import SwiftProtobuf
import Testing
import Workspace

@Suite(.timeLimit(.minutes(10))) struct LocationPlaneTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  /// Runs `body` against an engine that leads a workspace of these locations over real connections.
  private func withEngine(
    _ names: String..., body: @Sendable (Engine, LocationPlane) async throws -> Void
  ) async throws {
    let plane = LocationPlane(LocationLog(quiet))
    let engine = Engine(journal: MemoryJournal(incarnation: Incarnation(7)), plane: plane)
    let file = try sockets.workspace(names)
    try await withThrowingTaskGroup { group in
      group.addTask { try await engine.run() }
      group.addTask { await plane.run(engine) }
      let definition = WorkspaceDefinition(locations: file.locations.map { LocationDefinition(name: $0.name, owns: $0.owns) })
      _ = try await engine.submit(.loadWorkspace(definition))
      plane.connect(to: file.locations.map { LocationEndpoint($0, in: file) })
      do { try await body(engine, plane) } catch {
        group.cancelAll()
        throw error
      }
      group.cancelAll()
    }
  }

  private func numbers(_ key: String, _ value: Int) -> Definitions {
    Definitions { Asset(key) { _ in [value] }.check("not empty") { rows, _ in rows.isEmpty ? .fail("empty") : .pass } }
  }

  @Test func `a run over two locations succeeds, and every version is settled`() async throws {
    let orders = try await RunningLocation("orders", at: sockets.path("orders"), numbers("orders/all", 2))
    let report = try await RunningLocation("report", at: sockets.path("report"), numbers("report/all", 3))
    try await withEngine("orders", "report") { engine, plane in
      try await engine.wait { $0.has("orders/all") && $0.has("report/all") }
      let run = try await engine.launch(LaunchRequest(.all)).run
      #expect(try await engine.outcome(of: run) == .succeeded)
      try await engine.wait { $0.locations.values.allSatisfy { $0.unsettled.isEmpty } }
      #expect(plane.statuses.values.allSatisfy { $0.phase == .open })
    }
    try await orders.stop()
    try await report.stop()
  }

  @Test func `a location that is down holds up nobody else, and its steps run once it is up`() async throws {
    let up = try await RunningLocation("up", at: sockets.path("up"), numbers("up/all", 1))
    let first = try await RunningLocation("down", at: sockets.path("down"), numbers("down/all", 1))
    try await withEngine("up", "down") { engine, plane in
      try await engine.wait { $0.has("up/all") && $0.has("down/all") }
      try await first.stop()
      let down = try LocationName("down")
      try await engine.wait { $0.locations[down]?.session == nil }

      let waiting = try await engine.launch(LaunchRequest(try Selection("down/all"))).run
      let run = try await engine.launch(LaunchRequest(try Selection("up/all"))).run
      #expect(try await engine.outcome(of: run) == .succeeded)
      #expect(try await engine.read { $0.isUnfinished(waiting) })

      let second = try await RunningLocation("down", at: sockets.path("down"), numbers("down/all", 1))
      #expect(try await engine.outcome(of: waiting) == .succeeded)
      try await second.stop()
    }
    try await up.stop()
  }

  @Test func `a location that comes back within its grace stays connected, and the end of that grace cuts nothing`() async throws
  {
    let team = try await RunningLocation("team", at: sockets.path("team"), numbers("team/all", 1))
    let other = try await RunningLocation("other", at: sockets.path("other"), numbers("other/all", 1))
    try await withEngine("team", "other") { engine, plane in
      try await engine.wait { $0.has("team/all") && $0.has("other/all") }
      let names = try ["team", "other"].map { try LocationName($0) }
      let locations = names.map {
        WorkspaceLocation(name: $0, address: .socket(path: sockets.path($0.description)), grace: .milliseconds(200))
      }
      let file = WorkspaceFile(path: "workspace.yaml", locations: locations)
      let endpoints = file.locations.map { LocationEndpoint($0, in: file) }
      plane.connect(to: endpoints)
      plane.connect(to: [])
      plane.connect(to: [endpoints[0]])
      // Both graces began together: once the other is let go, the first one's has passed too.
      while plane.statuses[names[1]] != nil { await Task.yield() }
      let run = try await engine.launch(LaunchRequest(try Selection("team/all"))).run
      #expect(try await engine.outcome(of: run) == .succeeded)
      #expect(plane.statuses[names[0]]?.phase == .open)
    }
    try await team.stop()
    try await other.stop()
  }

  @Test func `a redeployed location is described again, and runs under its new manifest`() async throws {
    let first = try await RunningLocation("team", at: sockets.path("team"), numbers("team/old", 1))
    try await withEngine("team") { engine, _ in
      try await engine.wait { $0.has("team/old") }
      try await first.stop()
      let second = try await RunningLocation("team", at: sockets.path("team"), numbers("team/new", 1))
      try await engine.wait { $0.has("team/new") && !$0.has("team/old") }
      let run = try await engine.launch(LaunchRequest(.all)).run
      #expect(try await engine.outcome(of: run) == .succeeded)
      try await second.stop()
    }
  }

  @Test func `a location that lies in its manifest shows as such, and hurts nobody`() async throws {
    let liar = GRPCServer(
      transport: .http2NIOPosix(address: .unixDomainSocket(path: sockets.path("liar")), transportSecurity: .plaintext),
      services: [Liar()])
    let serving = Task { try await liar.serve() }
    _ = try await liar.transport.listeningAddress
    let honest = try await RunningLocation("honest", at: sockets.path("honest"), numbers("honest/all", 1))
    try await withEngine("liar", "honest") { engine, plane in
      try await engine.wait { $0.has("honest/all") }
      let run = try await engine.launch(LaunchRequest(.all)).run
      #expect(try await engine.outcome(of: run) == .succeeded)
      let liar = try LocationName("liar")
      try await engine.wait { $0.locations[liar]?.refusal?.contains("digest") == true }
    }
    try await honest.stop()
    liar.beginGracefulShutdown()
    try await serving.value
  }
}

/// A location that announces another digest than its bytes have, and ends every session.
private struct Liar: Sluice_Location_V1_CodeLocation.SimpleServiceProtocol {
  func challenge(
    request: Sluice_Location_V1_ChallengeRequest, context: ServerContext
  ) async throws -> Sluice_Location_V1_ChallengeResponse { throw RPCError(code: .unimplemented, message: "no challenge here") }

  func describe(
    request: Sluice_Location_V1_DescribeRequest, response: RPCWriter<Sluice_Location_V1_DescribeResponse>,
    context: ServerContext
  ) async throws {
    try await response.write(
      .with {
        $0.header.instance = "liar"
        $0.header.digest = "sha256:0"
        $0.header.size = 3
      })
    try await response.write(.with { $0.chunk = .init([1, 2, 3]) })
  }

  func session(
    request: RPCAsyncSequence<Sluice_Location_V1_SessionRequest, any Error>,
    response: RPCWriter<Sluice_Location_V1_SessionResponse>, context: ServerContext
  ) async throws {
    throw RPCError(code: .internalError, message: "no session here")
  }

  func preview(
    request: Sluice_Location_V1_PreviewRequest, response: RPCWriter<Sluice_Location_V1_PreviewResponse>,
    context: ServerContext
  ) async throws {}
}

extension Engine {
  /// Waits until durable state fulfils a condition.
  func wait(until condition: @escaping @Sendable (State) -> Bool) async throws {
    while true {
      let position = position
      if try await read(condition) { return }
      _ = try await events(after: position, limit: 1)
    }
  }
}

extension State {
  /// Whether a location that is connected defines an asset.
  func has(_ key: String) -> Bool {
    locations.values.contains { location in
      location.session != nil
        && (location.manifestContent?.steps ?? []).contains { $0.outputs.contains { $0.key.description == key } }
    }
  }
}
