// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import ControlPlaneDaemon
import Foundation
import LocationWire
import Orchestrator
import Testing
import Workspace

/// A daemon's connections to locations that ask who calls.
@Suite(.timeLimit(.minutes(10))) struct CredentialPlaneTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  private func withPlane(
    _ location: WorkspaceLocation, incarnation: UInt32 = 7, connects: Bool = true,
    body: @Sendable (Engine, LocationPlane) async throws -> Void
  ) async throws {
    let plane = LocationPlane(LocationLog(quiet))
    let engine = Engine(journal: MemoryJournal(incarnation: Incarnation(incarnation)), plane: plane)
    let file = WorkspaceFile(path: sockets.path("workspace.yaml"), locations: [location])
    try await withThrowingTaskGroup { group in
      group.addTask { try await engine.run() }
      group.addTask { await plane.run(engine) }
      defer { group.cancelAll() }
      let definition = WorkspaceDefinition(locations: [LocationDefinition(name: location.name, owns: location.owns)])
      _ = try await engine.submit(.loadWorkspace(definition))
      if connects { plane.connect(to: [LocationEndpoint(location, in: file)]) }
      try await body(engine, plane)
    }
  }

  private func numbers() -> Definitions { Definitions { Asset("team/all") { _ in [1] } } }

  /// Waits until the connection tells a problem.
  private func problem(_ plane: LocationPlane, _ name: LocationName) async -> String {
    while true {
      if let problem = plane.statuses[name]?.problem { return problem }
      await Task.yield()
    }
  }

  private func entry(_ port: Int, secret: String?) throws -> WorkspaceLocation {
    WorkspaceLocation(name: try LocationName("team"), address: .tcp(host: "127.0.0.1", port: port), secretFile: secret)
  }

  @Test func `with the same secret a run succeeds and its version is settled`() async throws {
    let secret = try sockets.secret("team")
    let team = try await RunningLocation("team", secret: secret, numbers())
    try await withPlane(try entry(team.port, secret: secret)) { engine, _ in
      try await engine.wait { $0.has("team/all") }
      let run = try await engine.launch(LaunchRequest(.all)).run
      #expect(try await engine.outcome(of: run) == .succeeded)
      try await engine.wait { $0.locations.values.allSatisfy { $0.unsettled.isEmpty } }
    }
    try await team.stop()
  }

  @Test func `another secret, none, and one that others can read keep them apart, in words`() async throws {
    let team = try await RunningLocation("team", secret: try sockets.secret("team"), numbers())
    let name = try LocationName("team")
    try await withPlane(try entry(team.port, secret: try sockets.secret("other"))) { _, plane in
      #expect(await problem(plane, name).contains("does not hold the secret"))
    }
    try await withPlane(try entry(team.port, secret: nil)) { _, plane in
      let words = await problem(plane, name)
      #expect(words.contains("secret_file") && words.contains("--secrets-dir") && words.contains("insecure: true"))
    }
    let open = try sockets.secret("open")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open)
    try await withPlane(try entry(team.port, secret: open)) { _, plane in
      #expect(await problem(plane, name).contains("chmod 600"))
    }
    let insecure = WorkspaceLocation(
      name: name, address: .tcp(host: "127.0.0.1", port: team.port), isInsecure: true)
    try await withPlane(insecure) { _, plane in
      #expect(await problem(plane, name).contains("this location has a secret"))
    }
    try await team.stop()
  }

  @Test func `a second control plane is told whose the location is, the first goes on, and the second follows it`() async throws {
    let secret = try sockets.secret("team")
    let team = try await RunningLocation("team", secret: secret, numbers())
    let entry = try entry(team.port, secret: secret)
    try await withPlane(entry, incarnation: 8, connects: false) { second, secondPlane in
      try await withPlane(entry, incarnation: 7) { first, firstPlane in
        try await first.wait { $0.has("team/all") }
        secondPlane.connect(to: [LocationEndpoint(entry, in: WorkspaceFile(path: "w.yaml", locations: [entry]))])
        let words = await problem(secondPlane, entry.name)
        #expect(words.contains("run by another control plane") && words.contains("00000007") && words.contains("00000008"))
        let run = try await first.launch(LaunchRequest(.all)).run
        #expect(try await first.outcome(of: run) == .succeeded)
        #expect(firstPlane.statuses[entry.name]?.phase == .open)
      }
      try await second.wait { $0.has("team/all") }
    }
    try await team.stop()
  }
}
