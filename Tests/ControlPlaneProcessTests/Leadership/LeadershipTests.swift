// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import PostgresCluster
import PostgresStore
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ProcessTests {
  /// Two daemons on one PostgreSQL store.
  @Suite struct LeadershipTests {
    private func withTwo(_ body: (Site, DaemonProcess, DaemonProcess, TestCluster) async throws -> Void) async throws {
      try await TestCluster.with { cluster in
        try await Site.with { site in
          let daemons = try [
            site.daemon("a", store: ["--store", cluster.conninfo]), site.daemon("b", store: ["--store", cluster.conninfo]),
          ]
          do {
            try await body(site, daemons[0], daemons[1], cluster)
          } catch {
            for daemon in daemons { try await daemon.child.end() }
            throw error
          }
          for daemon in daemons { try await daemon.child.end() }
        }
      }
    }

    /// Which of the two leads, once one of them does and the other follows.
    private func settle(_ one: DaemonProcess, _ other: DaemonProcess) async throws -> (
      leader: DaemonProcess, follower: DaemonProcess
    ) {
      try await eventually("one that leads and one that follows") {
        let roles = [try await one.status()?.role, try await other.status()?.role]
        if roles == [.leading, .following] { return (one, other) }
        return roles == [.following, .leading] ? (other, one) : nil
      }.answer
    }

    /// How many batches each epoch has committed.
    private func batches(of cluster: TestCluster) async throws -> [Int64: Int64] {
      let connection = try await Connection.open(cluster.conninfo, limits: PostgresLimits())
      let rows = try await connection.run("SELECT epoch, count(*) FROM sluice_batch GROUP BY epoch")
      let counts = try rows.map { (try $0.int(0), try $0.int(1)) }
      await connection.close()
      return Dictionary(uniqueKeysWithValues: counts)
    }

    private func refusal(_ daemon: DaemonProcess) async throws -> APIError {
      try await #require(throws: APIError.self) {
        _ = try await daemon.client.launch(LaunchRequest(selection: "fixture/quick", clientKey: "refused"))
      }
    }

    @Test
    func `of two daemons started at one instant one leads, and the other follows, answers, and refuses what changes something`()
      async throws
    {
      try await withTwo { _, one, other, _ in
        let (leader, follower) = try await settle(one, other)
        try await leader.connects()
        let run = try await leader.client.launch(LaunchRequest(selection: "fixture/quick"), wait: 60).run.id

        // Its answers are the journal's, as far as it says that it has read.
        let led = try #require(try await leader.status())
        let followed = try await eventually("the follower's position") {
          let status = try await follower.status()
          return status.flatMap { $0.position >= led.position ? $0 : nil }
        }.answer
        #expect(followed.epoch == led.epoch && followed.incarnation == led.incarnation && followed.problems.isEmpty)
        #expect(followed.leader?.contains(":\(leader.port),") == true, "\(followed.leader ?? "nobody")")
        #expect(try await follower.client.run(run).run == leader.client.run(run).run)
        #expect(try await follower.client.asset("fixture/quick") == leader.client.asset("fixture/quick"))
        #expect(try await follower.events(untilEndOf: run) == leader.events(untilEndOf: run))
        #expect(try await follower.get("/readyz").status == 200)
        #expect(try await follower.metric("sluice_leader") == 0)
        #expect(try await follower.metric("sluice_follower_lag_events") == 0)
        #expect(try #require(try await follower.metric("sluice_follower_lag_seconds")) < Bound.failover.seconds)

        let refusal = try await refusal(follower)
        #expect(refusal.code == .unavailable && refusal.message.contains(":\(leader.port),"), "\(refusal)")
        await #expect(throws: APIError.self) { try await follower.client.cancel(run: run) }
        await #expect(throws: APIError.self) { try await follower.client.reload() }
        #expect(try await follower.status()?.problems == [])

        let (status, text) = try await leader.sluice("status")
        #expect(status == 0 && !text.contains("follows"), "\(text)")
        let (otherStatus, otherText) = try await follower.sluice("status")
        #expect(otherStatus == 0 && otherText.contains("follows    \(followed.leader ?? "")"), "\(otherText)")
      }
    }

    @Test func `when the leader is killed amid a run the follower leads within the bound, and no step is lost or repeated`()
      async throws
    {
      try await withTwo { site, one, other, _ in
        let (leader, follower) = try await settle(one, other)
        try await leader.connects()
        let run = try await leader.launchHeld(site)
        let marker = try await leader.client.launch(LaunchRequest(selection: "fixture/failing")).run.id
        let told = try await leader.status()?.position ?? 0
        let epoch = try await leader.status()?.epoch ?? 0

        leader.child.send(SIGKILL)
        let took = try await follower.becomes(.leading, within: Bound.failover)
        print("failover: \(took) from the kill to the first answer as the leader")
        #expect(took < Bound.failover)
        #expect(try #require(try await follower.status()).epoch == epoch + 1)
        #expect(try #require(try await follower.status()).position >= told)

        try site.openGate()
        #expect(try await follower.ends(run) == .succeeded)
        #expect(try await follower.ends(marker).isFinal)
        let last = try await follower.client.launch(LaunchRequest(selection: "fixture/quick"), wait: 60).run.id
        Story(of: run, in: try await follower.events(untilEndOf: last)).check(site)
      }
    }

    @Test func `a leader that was paused for longer than its lease commits nothing after, says so, and follows`() async throws {
      try await withTwo { site, one, other, cluster in
        let (old, new) = try await settle(one, other)
        try await old.connects()
        let run = try await old.launchHeld(site)
        old.child.send(SIGSTOP)
        // What steps report and clients ask now reaches a process that stands still, and is there when it goes on.
        try site.openGate()
        let late = Task { try await old.client.launch(LaunchRequest(selection: "fixture/quick", clientKey: "late")) }
        try await new.becomes(.leading)
        try await new.connects()
        #expect(try await new.ends(run) == .succeeded)
        let before = try await batches(of: cluster)

        old.child.send(SIGCONT)
        try await old.becomes(.following, within: Bound.noticed)
        #expect(old.child.output.contains("leadership lost"))
        #expect(try await old.status()?.leader?.contains(":\(new.port),") == true)
        await #expect(throws: (any Error).self) { _ = try await late.value }
        #expect(try await refusal(old).message.contains(":\(new.port),"))
        let created = try await new.client.launch(LaunchRequest(selection: "fixture/quick", clientKey: "late"), wait: 60)
        #expect(created.created)
        Story(of: run, in: try await new.events(untilEndOf: created.run.id)).check(site)
        #expect(try await old.events(untilEndOf: created.run.id) == new.events(untilEndOf: created.run.id))
        let slots = try await new.client.locations().map(\.stepsInFlight)
        #expect(slots == [0])
        let after = try await batches(of: cluster)
        #expect(before.keys.sorted() == [1, 2] && after[1] == before[1], "\(before), then \(after)")
      }
    }

    @Test func `a leader that was paused while nothing happened notices that it leads no more`() async throws {
      try await withTwo { _, one, other, _ in
        let (old, new) = try await settle(one, other)
        try await old.connects()
        old.child.send(SIGSTOP)
        try await new.becomes(.leading)
        old.child.send(SIGCONT)
        try await old.becomes(.following, within: Bound.noticed)
        #expect(old.child.isRunning)
        // And back again.
        new.child.send(SIGSTOP)
        try await old.becomes(.leading, within: Bound.failover)
        new.child.send(SIGCONT)
        try await new.becomes(.following, within: Bound.noticed)
      }
    }
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
