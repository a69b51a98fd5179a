// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import PostgresCluster
import PostgresStore
import Testing

extension ProcessTests {
  /// The store fails under a running daemon, in the midst of a run, and comes back.
  @Suite struct StoreFaultTests {
    /// How a store fails.
    struct Fault {
      let begin: () async throws -> Void
      let end: () async throws -> Void
      /// What the daemon must say, one of them.
      let words: [String]
      /// What it must say before the store comes back; empty where what it said first is enough.
      var lastWords: [String] = []
      /// Whether the engine gives the store up, rather than wait for it.
      var pauses = true
      /// How long it may take until the daemon says so.
      var noticed = Bound.noticed
    }

    /// Fails the store while steps run, and checks what is promised: scheduling pauses and says so, running steps go on, nothing that
    /// was acknowledged is lost, and scheduling resumes by itself.
    ///
    /// - Parameter isBusy: whether launches go on all the time, so that the fault is met by an append; else the daemon is idle.
    private func check(_ fault: Fault, _ site: Site, _ daemon: DaemonProcess, isBusy: Bool = true) async throws {
      try await daemon.becomes(.leading)
      try await daemon.connects()
      let run = try await daemon.launchHeld(site)
      let launcher = Launcher(daemon)
      async let launching: Void = isBusy ? launcher.run() : ()
      if isBusy { try await eventually("launches") { launcher.acknowledged.count > 3 ? () : nil } }

      try await fault.begin()
      try await saysSo(daemon, fault)
      try await stepsGoOn(site, daemon)
      if !fault.lastWords.isEmpty { try await says(fault.lastWords, daemon, within: Bound.givenUp) }
      try await fault.end()
      let took = try await eventually("scheduling", within: Bound.resumed) {
        try await daemon.get("/readyz").status == 200 ? () : nil
      }.took
      print("resumed \(took) after the store was back")

      #expect(try await daemon.ends(run) == .succeeded)
      launcher.stop()
      try await launching
      let last = try await daemon.client.launch(LaunchRequest(selection: "fixture/quick"), wait: 60).run.id
      Story(of: run, in: try await daemon.events(untilEndOf: last)).check(site)
      try await launcher.check(others: [run, last])
      #expect(try await daemon.metric("sluice_ready") == 1)
      let pauses = try #require(try await daemon.metric("sluice_journal_pauses_total"))
      #expect(pauses >= (fault.pauses ? 1 : 0))
    }

    @discardableResult
    private func says(_ words: [String], _ daemon: DaemonProcess, within limit: Duration) async throws -> String {
      let (problem, took) = try await eventually("a word about the store", within: limit) {
        try await daemon.status()?.problems.first { problem in words.contains { problem.contains($0) } }
      }
      print("said after \(took): \(problem)")
      return problem
    }

    private func saysSo(_ daemon: DaemonProcess, _ fault: Fault) async throws {
      let problem = try await says(fault.words, daemon, within: fault.noticed)
      #expect(problem.contains("scheduling waits for it"))
      let health = try await daemon.get("/healthz")
      #expect(health.status == 200 && health.text.contains("scheduling waits for it"), "\(health)")
      let ready = try await daemon.get("/readyz")
      #expect(ready.status == 503 && ready.text.contains("scheduling waits for it"), "\(ready)")
      let metrics = try await daemon.get("/metrics").text
      #expect(metrics.contains("\nsluice_ready 0\n") && metrics.contains("\n# not ready: "), "\(metrics)")
      let (status, text) = try await daemon.sluice("status")
      #expect(status == 1 && text.contains("scheduling waits for it"), "\(text)")
    }

    /// What runs comes to its end, and nothing is begun without a record of it.
    private func stepsGoOn(_ site: Site, _ daemon: DaemonProcess) async throws {
      try site.openGate()
      try await eventually("the ends of the running steps") { site.notes("end").count == Site.slots ? () : nil }
      let begun = site.notes("begin").filter { $0.hasPrefix("fixture/held") || $0.hasPrefix("fixture/after") }
      #expect(begun.count == Site.slots, "\(begun)")
      #expect(try await daemon.get("/readyz").status == 503)
    }

    private func withDaemon(_ cluster: TestCluster, _ body: (Site, DaemonProcess) async throws -> Void) async throws {
      try await Site.with { site in
        let daemon = try site.daemon("daemon", store: ["--store", cluster.conninfo])
        do { try await body(site, daemon) } catch {
          try await daemon.child.end()
          throw error
        }
        try await daemon.child.end()
      }
    }

    // MARK: PostgreSQL

    @Test(arguments: [true, false])
    func `a PostgreSQL server that crashes and refuses connections for a while`(isBusy: Bool) async throws {
      try await TestCluster.with { cluster in
        let fault = Fault(
          begin: cluster.crash, end: cluster.start, words: ["cannot be reached", "cannot use", "ended our session"])
        try await withDaemon(cluster) { try await check(fault, $0, $1, isBusy: isBusy) }
      }
    }

    @Test(arguments: [true, false])
    func `a PostgreSQL server that hangs`(isBusy: Bool) async throws {
      try await TestCluster.with { cluster in
        let silence = ["did not answer within", "did not let us connect"]
        // Of those that launch it is one that is given up, of the idle one that is waited for.
        let fault = Fault(
          begin: cluster.freeze, end: cluster.thaw, words: ["has not answered for"] + silence, lastWords: isBusy ? silence : [],
          pauses: isBusy)
        try await withDaemon(cluster) { try await check(fault, $0, $1, isBusy: isBusy) }
      }
    }

    @Test(arguments: [true, false])
    func `a PostgreSQL server that becomes read-only`(isBusy: Bool) async throws {
      try await TestCluster.with { cluster in
        func set(_ value: String) async throws {
          let connection = try await Connection.open(cluster.conninfo, limits: PostgresLimits())
          try await connection.run("ALTER SYSTEM SET default_transaction_read_only = \(value)", isPrepared: false)
          try await connection.run("SELECT pg_reload_conf()", isPrepared: false)
          await connection.close()
        }
        let fault = Fault(begin: { try await set("on") }, end: { try await set("off") }, words: ["is read-only"])
        try await withDaemon(cluster) { try await check(fault, $0, $1, isBusy: isBusy) }
      }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small file system takes root"))
    func `a PostgreSQL server whose disk is full`() async throws {
      try await SmallDisk.with(megabytes: 96) { disk in
        try await TestCluster.with(prepare: disk.attach(at:), release: disk.detach) { cluster in
          let fault = Fault(
            begin: disk.fill,
            end: {
              try disk.free()
              // Where it was full, the server may have ended itself; its supervisor starts it.
              try await cluster.start()
            }, words: ["no space is left", "cannot be reached", "cannot use", "ended our session"],
            // It is met once more is to be written than the server has set aside.
            noticed: Bound.usual)
          try await withDaemon(cluster) { try await check(fault, $0, $1) }
        }
      }
    }

    // MARK: SQLite

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small file system takes root"))
    func `a data directory whose disk is full`() async throws {
      try await SmallDisk.with(megabytes: 24) { disk in
        try await Site.with { site in
          try await disk.attach(at: site.home.appending(path: "state-daemon").path())
          let daemon = try site.daemon("daemon")
          let fault = Fault(begin: disk.fill, end: { try disk.free() }, words: ["no space is left"])
          do { try await check(fault, site, daemon) } catch {
            try await daemon.child.end()
            try await disk.detach()
            throw error
          }
          try await daemon.child.end()
          try await disk.detach()
        }
      }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small file system takes root"))
    func `a data directory that is read-only at the start, and can be written later`() async throws {
      try await SmallDisk.with(megabytes: 24) { disk in
        try await Site.with { site in
          try await disk.attach(at: site.home.appending(path: "state-daemon").path())
          let first = try site.daemon("daemon")
          try await first.becomes(.leading)
          try await first.connects()
          let run = try await first.launchHeld(site)
          // A file system cannot be made read-only while files are open for writing.
          try await first.child.end()
          try await disk.remount("ro")
          let second = try site.daemon("daemon", port: first.port)
          let fault = Fault(
            begin: {}, end: { try await disk.remount("rw") }, words: ["cannot be written", "Read-only file system"])
          do {
            try await eventually("an answer") { try await second.status() }
            try await saysSo(second, fault)
            try await stepsGoOn(site, second)
            try await fault.end()
            try await second.becomes(.leading, within: Bound.resumed)
            #expect(try await second.ends(run) == .succeeded)
            let last = try await second.client.launch(LaunchRequest(selection: "fixture/quick"), wait: 60).run.id
            Story(of: run, in: try await second.events(untilEndOf: last)).check(site)
          } catch {
            try await second.child.end()
            try await disk.detach()
            throw error
          }
          try await second.child.end()
          try await disk.detach()
        }
      }
    }
  }
}
