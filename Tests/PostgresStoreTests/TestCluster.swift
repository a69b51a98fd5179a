// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A server of a test's own, to be stopped and started.
struct TestCluster {
  private let directory: String

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs a body with a running server, and removes it.
  static func with(tls: Bool = false, _ body: (TestCluster) async throws -> Void) async throws {
    let cluster = TestCluster(directory: "/tmp/sluice-pg-\(UUID().uuidString.prefix(13))")
    do {
      if tls { try await cluster.call("start", "--tls") } else { try await cluster.start() }
      try await body(cluster)
    } catch {
      try await cluster.call("remove")
      throw error
    }
    try await cluster.call("remove")
  }

  var conninfo: String { "host=\(directory) user=postgres dbname=postgres" }

  /// Over TLS, with the server's name and certificate verified.
  func tlsConninfo() throws -> String {
    let port = try String(contentsOfFile: "\(directory)/port", encoding: .utf8).prefix { $0.isNumber }
    return "host=localhost port=\(port) user=postgres dbname=postgres sslmode=verify-full sslrootcert=\(directory)/server.crt"
  }

  func start() async throws { try await call("start") }
  func crash() async throws { try await call("stop", "--immediate") }

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
