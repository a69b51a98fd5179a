// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation

/// A daemon and one benchmark location, each a process of its own, with a data directory that is thrown away.
final class Plant {
  /// What the location is to define.
  struct Shape: Sendable {
    let kind: String
    let assets: Int
    let width: Int
  }

  static let patience: Duration = .seconds(60)

  let client: ControlPlaneClient
  let daemon: Process
  private(set) var location: Process
  private let home: URL
  private let startLocation: () throws -> Process
  private let assets: Int

  /// Starts both, and waits until every asset is known and the session is open.
  init(_ shape: Shape, binaries: URL, slots: Int, port: Int) async throws {
    home = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-benchmark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    let workspace = home.appendingPathComponent("workspace.yaml")
    try """
    load_from:
      - grpc_server: { location_name: bench, host: 127.0.0.1, port: \(port + 1) }
        owns: ["bench/*"]
    """.write(to: workspace, atomically: true, encoding: .utf8)
    assets = shape.assets
    startLocation = { [home] in
      try Self.start(
        binaries.appendingPathComponent("benchmark-location"), ["serve", "--port", "\(port + 1)", "--slots", "\(slots)"],
        in: home,
        environment: [
          "BENCHMARK_SHAPE": shape.kind, "BENCHMARK_ASSETS": "\(shape.assets)", "BENCHMARK_WIDTH": "\(shape.width)",
        ])
    }
    location = try startLocation()
    daemon = try Self.start(
      binaries.appendingPathComponent("sluiced"),
      ["--workspace", workspace.path, "--data-dir", home.appendingPathComponent("state").path, "--port", "\(port)"], in: home)
    client = ControlPlaneClient(url: "http://127.0.0.1:\(port)")
    try await waitUntilReady()
  }

  private static func start(
    _ executable: URL, _ arguments: [String], in home: URL, environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = home
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let log = home.appendingPathComponent(executable.lastPathComponent + ".log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    let handle = try FileHandle(forWritingTo: log)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    return process
  }

  private func waitUntilReady() async throws {
    let deadline = ContinuousClock.now + Self.patience
    while ContinuousClock.now < deadline {
      if let location = try? await client.locations().first, location.state == .connected, location.assets == assets { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw BenchmarkError("the location was not schedulable within \(Self.patience); its logs are in \(home.path)")
  }

  /// Launches a selection and waits for the run's end.
  ///
  /// - Throws: ``BenchmarkError`` where the run does not succeed.
  func run(_ selection: String) async throws -> Duration {
    let clock = ContinuousClock()
    let start = clock.now
    let run = try await client.launch(LaunchRequest(selection: selection), wait: 300).run
    let duration = clock.now - start
    guard run.state == .succeeded else { throw BenchmarkError("run \(run.id) of \(selection) is \(run.state.rawValue)") }
    return duration
  }

  /// Launches a run for each selection in one request, and waits until all have ended.
  func runEach(_ selections: [String]) async throws -> Duration {
    let clock = ContinuousClock()
    let start = clock.now
    let answers = try await client.launch(selections.map { LaunchRequest(selection: $0) }, wait: 300)
    let duration = clock.now - start
    for answer in answers {
      if let error = answer.error { throw error }
      guard answer.state == .succeeded else { throw BenchmarkError("run \(answer.run ?? 0) did not succeed") }
    }
    return duration
  }

  /// Stops the location's server, starts it again, and returns how long its assets took to be schedulable.
  func restartLocation() async throws -> Duration {
    location.terminate()
    location.waitUntilExit()
    while try await client.locations().first?.state == .connected { try await Task.sleep(for: .milliseconds(5)) }
    let start = ContinuousClock.now
    location = try startLocation()
    try await waitUntilReady()
    return ContinuousClock.now - start
  }

  /// What both processes have used so far.
  var processorTime: ProcessorUse {
    ProcessorUse(daemon: ProcessorTime.of(daemon) ?? .zero, location: ProcessorTime.of(location) ?? .zero)
  }

  /// Megabytes of the daemon's resident memory.
  var daemonMemory: Int? {
    let status = try? String(contentsOfFile: "/proc/\(daemon.processIdentifier)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 / 1_024 }
  }

  func stop() {
    for process in [daemon, location] {
      process.terminate()
      process.waitUntilExit()
    }
    try? FileManager.default.removeItem(at: home)
  }
}

struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
