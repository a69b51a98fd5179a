// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import PostgresStore
import Synchronization
import Testing

/// Two engines on one store: one leads, the other follows and takes over.
@Suite(.timeLimit(.minutes(10))) struct FailoverTests {
  /// Counts reigns; no location ever connects.
  private final class NoPlane: ExecutionPlane {
    let reigns = Mutex<[Epoch]>([])
    let ended = Mutex(0)
    func reignBegan(_ reign: Reign) { reigns.withLock { $0.append(reign.epoch) } }
    func reignEnded() { ended.withLock { $0 += 1 } }
    func deliver(_ orders: [Order]) {}
  }

  private static func workspace(_ names: String...) throws -> Command {
    .loadWorkspace(WorkspaceDefinition(locations: try names.map { LocationDefinition(name: try LocationName($0)) }))
  }

  /// Runs an engine in a task of its own, so that it can be cut off without a word, as a kill does.
  private static func start(_ journal: PostgresJournal) -> (engine: Engine, plane: NoPlane, task: Task<Void, any Error>) {
    let plane = NoPlane()
    let engine = Engine(journal: journal, plane: plane)
    return (engine, plane, Task { try await engine.run() })
  }

  private static func leads(_ engine: Engine) -> Bool { if case .leading = engine.status { true } else { false } }
  private static func follows(_ engine: Engine) -> Bool { if case .following = engine.status { true } else { false } }

  @Test func `a follower answers from the journal, refuses commands and names the leader, and leads when that one is gone`()
    async throws
  {
    try await TestServer.withDatabase { database in
      let (first, second) = (database.journal("alpha"), database.journal("beta"))
      let alpha = Self.start(first)
      try await eventually("alpha's reign") { Self.leads(alpha.engine) ? true : nil }
      let beta = Self.start(second)
      try await eventually("beta to follow") { Self.follows(beta.engine) ? true : nil }
      #expect(beta.engine.status == .following("alpha"))

      _ = try await alpha.engine.submit(try Self.workspace("weather"))
      let name = try LocationName("weather")
      try await eventually("the copy") { try await beta.engine.read { $0.locations[name] != nil } ? true : nil }
      #expect(beta.engine.position == alpha.engine.position)
      let refusal = try await #require(throws: EngineError.self) {
        _ = try await beta.engine.submit(try Self.workspace("flights"))
      }
      #expect(refusal.code == .following && refusal.message.contains("alpha"))

      alpha.task.cancel()
      await first.close()
      try await eventually("beta's reign") { Self.leads(beta.engine) ? true : nil }
      #expect(beta.plane.reigns.withLock { $0 } == [2])
      _ = try await beta.engine.submit(try Self.workspace("weather", "flights"))
      #expect(try await beta.engine.read { $0.locations.count } == 2)
      beta.task.cancel()
      await second.close()
    }
  }

  @Test func `a leader that was paused beyond its lease commits nothing, ends its sessions, and follows`() async throws {
    try await TestServer.withDatabase { database in
      let old = database.journal("old") { limits in
        limits.lease = .milliseconds(300)
        // It never renews: so does a process that is stopped.
        limits.renewal = .seconds(3_600)
      }
      let new = database.journal("new")
      let paused = Self.start(old)
      try await eventually("a reign") { Self.leads(paused.engine) ? true : nil }
      let other = Self.start(new)
      try await eventually("another reign") { Self.leads(other.engine) ? true : nil }
      await #expect(throws: (any Error).self) { _ = try await paused.engine.submit(try Self.workspace("stale")) }
      try await eventually("it to follow") { Self.follows(paused.engine) ? true : nil }
      #expect(paused.plane.ended.withLock { $0 } >= 1)
      let locations = try await other.engine.read { $0.locations.count }
      #expect(locations == 0)
      paused.task.cancel()
      other.task.cancel()
      await old.close()
      await new.close()
    }
  }
}
