// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import ControlPlaneDaemon
import Foundation
import Testing

@Suite("Backups over the API", .timeLimit(.minutes(10)))
struct BackupRequestTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  @Test(arguments: [
    ("relative.sluice", APIError.Code.badRequest, "absolute"), ("/tmp/backup.db", .badRequest, "name it /tmp/backup.db.sluice"),
    ("/nowhere/at/all/x.sluice", .badRequest, "no directory /nowhere/at/all"), ("/tmp/.sluice", .badRequest, "does not end"),
    ("/root/.ssh/authorized_keys", .badRequest, "does not end"), ("", .badRequest, "absolute"),
    ("/" + String(repeating: "x", count: 5_000) + ".sluice", .badRequest, "more than"),
  ])
  func `a file that may not be written is refused with the mend`(path: String, code: APIError.Code, words: String) throws {
    let error = #expect(throws: APIError.self) { try BackupDesk.target(BackupRequest(file: path)) }
    #expect(error?.code == code)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func `a file that is there is never overwritten`() throws {
    let path = sockets.path("old.sluice")
    try Data("precious".utf8).write(to: URL(filePath: path))
    let error = #expect(throws: APIError.self) { try BackupDesk.target(BackupRequest(file: path)) }
    #expect(error?.code == .conflict && error?.message.contains("exists already") == true)
  }

  @Test func `a PostgreSQL store says which of its own tools to use, and how`() async throws {
    try await RunningAPI.serve(try sockets.workspace([])) { client, _ in
      let error = await #expect(throws: APIError.self) { _ = try await client.backUp(to: "/tmp/x.sluice") }
      #expect(error?.code == .conflict && error?.message.contains("the PostgreSQL database 'sluice' on db") == true)
      #expect(error?.mend?.contains("pg_dump --format=custom --file=/tmp/x.sluice") == true)
    }
  }
}

/// `sluice backup` and `sluice restore` with the programs themselves, while a daemon works.
@Suite("Backup and restore", .timeLimit(.minutes(10)))
struct BackupCommandTests {
  private let programs: RunningPrograms

  init() throws { programs = try RunningPrograms() }

  private func path(_ name: String) -> String { programs.path(name) }

  /// Launches one run, and waits for its end.
  private static func work(_ client: ControlPlaneClient, _ number: Int) async throws -> UInt64 {
    let run = try await client.launch(
      LaunchRequest(selection: "fixture/daily", partitions: "2013-01-0\(1 + number % 9)", clientKey: "run-\(number)"), wait: 60)
    #expect(run.run.state == .succeeded)
    return run.run.id
  }

  @Test func `what was acknowledged before a backup is in the store that is restored from it, while runs go on`() async throws {
    let backup = path("monday.sluice")
    try await programs.withLocation {
      try await programs.withDaemon(on: "state") { client in
        try await programs.connected(client)
        var before: [UInt64] = []
        for number in 0..<5 { before.append(try await Self.work(client, number)) }
        let acknowledged = before
        try await withThrowingTaskGroup { group in
          group.addTask { for number in 5..<60 { _ = try await Self.work(client, number) } }
          group.addTask { try await self.backUpAndRestore(client, backup, acknowledged) }
          try await group.waitForAll()
        }
        let runs = try await client.runs(limit: 100)
        #expect(runs.count == 60)
      }
      try await self.expectRestored(backup)
    }
  }

  private func backUpAndRestore(_ client: ControlPlaneClient, _ backup: String, _ acknowledged: [UInt64]) async throws {
    let made = try await programs.sluice("backup", "monday.sluice", "--url", client.url, "--json")
    #expect(made.status == 0, "\(made.error)")
    let summary = try APICoding.decode(BackupSummary.self, from: Data(made.output.utf8))
    #expect(summary.verified && summary.file == backup && summary.position >= UInt64(acknowledged.count))
    let size = try FileManager.default.attributesOfItem(atPath: backup)[.size] as? UInt64
    #expect(summary.bytes == size)
    let again = try await programs.sluice("backup", backup, "--url", client.url)
    #expect(again.status == 1 && again.error.contains("exists already") && again.error.contains("mend:"), "\(again.error)")
    // Into the directory of a daemon that runs: refused, naming the lock. Beside it: fine.
    let held = try await programs.sluice("restore", backup, "--data-dir", path("state"), "--replace")
    #expect(held.status == 1 && held.error.contains("journal.lock"), "\(held.error)")
    let beside = try await programs.sluice("restore", backup, "--data-dir", path("beside"), "--json")
    #expect(beside.status == 0, "\(beside.error)")
    let restored = try APICoding.decode(RestoreSummary.self, from: Data(beside.output.utf8))
    #expect(restored.position == summary.position && restored.incarnation != summary.incarnation)
  }

  private func expectRestored(_ backup: String) async throws {
    // Over the store that went on after the backup, which is kept.
    let refused = try await programs.sluice("restore", backup, "--data-dir", "state")
    #expect(refused.status == 1 && refused.error.contains("--replace"), "\(refused.error)")
    let replaced = try await programs.sluice("restore", backup, "--data-dir", "state", "--replace", "--json")
    #expect(replaced.status == 0, "\(replaced.error)")
    let kept = try APICoding.decode(RestoreSummary.self, from: Data(replaced.output.utf8)).replaced ?? ""
    for directory in ["beside", "state"] {
      try await programs.withDaemon(on: directory) { client in
        for run in 1...5 as ClosedRange<UInt64> {
          let detail = try await client.run(run)
          #expect(detail.run.state == .succeeded, "run \(run) of \(directory)")
        }
        try await programs.connected(client)
        let again = try await client.launch(
          LaunchRequest(selection: "fixture/daily", partitions: "2013-01-01", clientKey: "run-0"))
        #expect(!again.created && again.run.id == 1)
        let fresh = try await client.launch(LaunchRequest(selection: "fixture/quick", clientKey: "new"), wait: 60)
        #expect(fresh.run.state == .succeeded)
      }
    }
    // What was kept is a store itself, with everything.
    try await programs.withDaemon(on: String(kept.dropFirst(programs.home.path().count + 1))) { client in
      try await programs.connected(client)
      let runs = try await client.runs(limit: 100)
      #expect(runs.count == 60)
    }
  }

  @Test func `a file that is no backup is refused, and leaves nothing`() async throws {
    try Data("no backup".utf8).write(to: programs.home.appending(path: "x.sluice"))
    let result = try await programs.sluice("restore", "x.sluice", "--data-dir", "empty")
    #expect(result.status == 1 && result.error.contains("is no backup of Sluice"), "\(result.error)")
    #expect(!FileManager.default.fileExists(atPath: path("empty/journal.sqlite")))
    let missing = try await programs.sluice("restore", "none.sluice", "--data-dir", "empty")
    #expect(missing.status == 1 && missing.error.contains("there is no file"), "\(missing.error)")
    #expect(try await programs.sluice("restore", "x.sluice").status == 64)
  }
}
