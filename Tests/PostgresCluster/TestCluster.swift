// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A PostgreSQL server of a test's own, to be stopped, frozen and started.
package struct TestCluster: Sendable {
  package let directory: String

  package struct Failed: Error, CustomStringConvertible {
    package let description: String
  }

  /// Runs a body with a running server, and removes it.
  ///
  /// - Parameters:
  ///   - prepare: told the server's directory before anything is in it.
  ///   - release: called when the server has ended, before its directory is removed.
  package static func with(
    tls: Bool = false, prepare: (String) async throws -> Void = { _ in }, release: () async throws -> Void = {},
    _ body: (TestCluster) async throws -> Void
  ) async throws {
    let cluster = TestCluster(directory: "/tmp/sluice-pg-\(UUID().uuidString.prefix(13))")
    do {
      try await prepare(cluster.directory)
      if tls { try await cluster.call("start", "--tls") } else { try await cluster.start() }
      try await body(cluster)
    } catch {
      try? await cluster.thaw()
      try? await cluster.crash()
      try? await release()
      try? await cluster.call("remove")
      throw error
    }
    try await cluster.crash()
    try await release()
    try await cluster.call("remove")
  }

  package var conninfo: String { "host=\(directory) user=postgres dbname=postgres" }

  /// Over TLS, with the server's name and certificate verified.
  package func tlsConninfo() throws -> String {
    let port = try String(contentsOfFile: "\(directory)/port", encoding: .utf8).prefix { $0.isNumber }
    return "host=localhost port=\(port) user=postgres dbname=postgres sslmode=verify-full sslrootcert=\(directory)/server.crt"
  }

  package func start() async throws { try await call("start") }
  package func crash() async throws { try await call("stop", "--immediate") }

  /// Stops every process of the server where it is: the kernel still takes what is sent to them.
  package func freeze() async throws { try signal(SIGSTOP) }
  package func thaw() async throws { try signal(SIGCONT) }

  private func signal(_ number: Int32) throws {
    let file = "\(directory)/data/postmaster.pid"
    guard let postmaster = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").first.flatMap({ Int32($0) })
    else { throw Failed(description: "\(file) names no process") }
    for process in [postmaster] + Self.children(of: postmaster) { kill(process, number) }
  }

  private static func children(of parent: Int32) -> [Int32] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { Int32($0) }.filter { process in
      // The parent is the second field behind the name in brackets.
      let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      guard let end = stat.lastIndex(of: ")") else { return false }
      return stat[stat.index(after: end)...].split(separator: " ").dropFirst().first == "\(parent)"
    }
  }

  private func call(_ command: String, _ more: String...) async throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let process = Process()
    process.executableURL = root.appendingPathComponent("scripts/postgres.sh")
    process.arguments = [command, directory] + more
    let status = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do {
        try process.run()
      } catch {
        continuation.resume(throwing: error)
      }
    }
    guard status == 0 else { throw Failed(description: "scripts/postgres.sh \(command) failed with \(status)") }
  }
}
