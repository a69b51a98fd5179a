// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A PostgreSQL server of the campaign's own, by `scripts/postgres.sh`.
struct PostgresServer {
  let directory: URL
  let script: URL

  var conninfo: String { "host=\(directory.path) user=postgres dbname=postgres" }

  /// Returns once it answers, with its first process.
  ///
  /// - Throws: ``Violation`` where it does not start.
  func start() throws -> Int32 {
    let process = Process()
    process.executableURL = script
    process.arguments = ["start", directory.path]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0, let postmaster else {
      throw Violation(.process, "PostgreSQL does not start again; see \(directory.path)/data/server.log")
    }
    return postmaster
  }

  /// Ends the server and every process of it at once, and waits until all are gone; its first process.
  func kill() -> Int32? {
    guard let postmaster else { return nil }
    let all = [postmaster] + Self.children(of: postmaster)
    for identifier in all { Foundation.kill(identifier, SIGKILL) }
    let deadline = ContinuousClock.now + CrashLimits.aim
    while all.contains(where: Self.isThere), ContinuousClock.now < deadline {
      Thread.sleep(forTimeInterval: CrashLimits.watch.seconds)
    }
    return postmaster
  }

  /// The first line of a file that the server writes.
  private var postmaster: Int32? {
    let file = directory.appendingPathComponent("data/postmaster.pid")
    let lines = (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n")
    return lines?.first.flatMap { Int32($0) }
  }

  private static func children(of parent: Int32) -> [Int32] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { Int32($0) }.filter { stat(of: $0)?.dropFirst().first.flatMap { Int32($0) } == parent }
  }

  /// Whether it is there; a corpse counts, since the server's own tools take it for a server.
  private static func isThere(_ identifier: Int32) -> Bool { Foundation.kill(identifier, 0) == 0 }

  /// The fields behind the name in brackets: the state, the parent, …
  private static func stat(of identifier: Int32) -> [Substring]? {
    guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8), let end = text.lastIndex(of: ")")
    else { return nil }
    return text[text.index(after: end)...].split(separator: " ")
  }
}
