// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import Subprocess
import SystemPackage
import Testing

/// The programs themselves in a folder of their own: a fixture location on a socket, daemons, and the command line.
struct RunningPrograms: Sendable {
  private static let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
  let home: URL

  init() throws {
    home = URL(filePath: NSTemporaryDirectory()).appending(path: "sb-\(UInt32.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    let workspace = """
      load_from:
        - grpc_server: { location_name: fixture, socket: fixture.sock }
          executable: \(Self.products.appending(path: "FixtureLocation").path())

      """
    try Data(workspace.utf8).write(to: home.appending(path: "workspace.yaml"))
  }

  func path(_ name: String) -> String { home.appending(path: name).path() }

  struct Answer: Sendable {
    let status: Int
    let output: String
    let error: String
  }

  /// Runs the command line to its end.
  func sluice(_ arguments: [String], url: String? = nil) async throws -> Answer {
    let environment = Environment.inherit.updating(["SLUICE_URL": url])
    let result = try await run(
      .path(FilePath(Self.products.appending(path: "sluice").path())), arguments: Arguments(arguments),
      environment: environment, workingDirectory: FilePath(home.path()), output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20))
    guard case .exited(let status) = result.terminationStatus else {
      return Answer(status: -1, output: "", error: "\(result.terminationStatus)")
    }
    return Answer(status: Int(status), output: result.standardOutput, error: result.standardError)
  }

  func sluice(_ arguments: String...) async throws -> Answer { try await sluice(arguments) }

  /// Runs the location's server while `body` does.
  func withLocation(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await running("FixtureLocation", ["serve", "--socket", "fixture.sock"], awaiting: "listening on") { _ in try await body()
    }
  }

  /// Runs a daemon on a data directory while `body` does.
  func withDaemon(on directory: String, _ body: @escaping @Sendable (ControlPlaneClient) async throws -> Void) async throws {
    try await running(
      "sluiced", ["--workspace", path("workspace.yaml"), "--data-dir", path(directory), "--port", "0"], awaiting: "listens on"
    ) { line in
      let port = line.split(separator: ":").last.map(String.init) ?? ""
      try await body(ControlPlaneClient(url: "http://127.0.0.1:\(port)", deadline: .seconds(120)))
    }
  }

  /// Returns once the daemon has a session with the location; the test's time limit bounds it.
  func connected(_ client: ControlPlaneClient) async throws {
    // polls
    while try await client.locations().first?.state != .connected { try await Task.sleep(for: .milliseconds(20)) }
  }

  /// Runs a program while `body` does, from the first line on that it prints with some words, and ends it in good order.
  private func running(
    _ program: String, _ arguments: [String], awaiting words: String, body: @escaping @Sendable (String) async throws -> Void
  ) async throws {
    let environment = Environment.inherit.updating(["SLUICE_STORAGE": path("storage")])
    let log = try FileDescriptor.open(
      path("\(program).log"), .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
    _ = try await run(
      .path(FilePath(Self.products.appending(path: program).path())), arguments: Arguments(arguments), environment: environment,
      workingDirectory: FilePath(home.path()), input: .none, output: .sequence,
      error: .fileDescriptor(log, closeAfterSpawningProcess: true)
    ) { execution in
      var first: String?
      for try await line in execution.standardOutput.strings() where line.contains(words) {
        first = line
        break
      }
      let failure: (any Error)?
      do {
        try await body(try #require(first, "\(program) never said that it \(words)"))
        failure = nil
      } catch {
        failure = error
      }
      await execution.teardown(using: [.gracefulShutDown(allowedDurationToNextStep: .seconds(60))])
      if let failure { throw failure }
    }
  }
}
