// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation

/// A daemon and its benchmark locations, each a process of its own, with a data directory that is thrown away.
final class Plant {
  /// What each location is to define.
  struct Shape: Sendable {
    enum Kind: String, CaseIterable, Sendable { case plain, chain, wide, checked }
    let kind: Kind
    let assets: Int
    let width: Int
    let checks: Int
  }

  /// How long a process may take until it can be worked with.
  static let patience: Duration = .seconds(300)
  /// How often something that is awaited is looked at.
  static let pollInterval: Duration = .milliseconds(2)
  /// How long the journal must stay as it is to count as quiet.
  static let quiet: Duration = .milliseconds(500)

  let client: ControlPlaneClient
  let home: URL
  private let shape: Shape
  private let names: [String]
  private let slots: Int
  private let port: Int
  private let store: String
  private let binaries: URL
  private let probe: Probe
  private(set) var daemon = Process()
  private(set) var locations: [Process] = []

  /// Starts everything, and waits until every asset can be scheduled.
  init(_ shape: Shape, locations count: Int, binaries: URL, store: String, slots: Int, port: Int) async throws {
    home = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-benchmark-\(UUID().uuidString)")
    self.shape = shape
    self.slots = slots
    self.port = port
    self.store = store
    self.binaries = binaries
    names = (0..<count).map { $0 == 0 ? "bench" : "bench\($0)" }
    let url = "http://127.0.0.1:\(port)"
    client = ControlPlaneClient(url: url, deadline: Self.patience * 2)
    probe = Probe(url: url)
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    do {
      try writeWorkspace()
      for index in names.indices { locations.append(try startLocation(index)) }
      daemon = try startDaemon()
      try await waitUntilSchedulable()
    } catch {
      stop(keeping: true)
      throw error
    }
  }

  func stop(keeping: Bool = false) {
    for process in [daemon] + locations where process.isRunning {
      process.terminate()
      process.waitUntilExit()
    }
    if !keeping { try? FileManager.default.removeItem(at: home) }
  }

  // MARK: Processes

  private func writeWorkspace() throws {
    try FileManager.default.createDirectory(at: secrets, withIntermediateDirectories: true)
    for name in names {
      // What a location shares with the daemon: figures are those of a plant that asks for it.
      let (path, text) = (secrets.appendingPathComponent(name).path, UUID().uuidString + UUID().uuidString)
      guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]) else {
        throw BenchmarkError("\(path) cannot be written")
      }
    }
    let entries = names.enumerated().map { index, name in
      """
        - grpc_server: { location_name: \(name), host: 127.0.0.1, port: \(port + 1 + index) }
          owns: ["\(name)/*"]
      """
    }
    try ("load_from:\n" + entries.joined(separator: "\n") + "\n").write(to: workspace, atomically: true, encoding: .utf8)
  }

  private var secrets: URL { home.appendingPathComponent("secrets") }
  private var workspace: URL { home.appendingPathComponent("workspace.yaml") }
  var dataDirectory: URL { home.appendingPathComponent("state") }

  private func startLocation(_ index: Int) throws -> Process {
    try start(
      "benchmark-location", log: names[index], ["serve", "--port", "\(port + 1 + index)", "--slots", "\(slots)"],
      environment: [
        "SLUICE_SECRET_FILE": secrets.appendingPathComponent(names[index]).path, "BENCHMARK_NAME": names[index],
        "BENCHMARK_SHAPE": shape.kind.rawValue, "BENCHMARK_ASSETS": "\(shape.assets)",
        "BENCHMARK_WIDTH": "\(shape.width)", "BENCHMARK_CHECKS": "\(shape.checks)",
      ])
  }

  private func startDaemon() throws -> Process {
    try start(
      "sluiced", log: "sluiced",
      [
        "--workspace", workspace.path, "--data-dir", dataDirectory.path, "--port", "\(port)", "--store", store,
        "--secrets-dir", secrets.path,
      ])
  }

  private func start(
    _ executable: String, log name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = binaries.appendingPathComponent(executable)
    process.arguments = arguments
    process.currentDirectoryURL = home
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let log = home.appendingPathComponent(name + ".log")
    if !FileManager.default.fileExists(atPath: log.path) { _ = FileManager.default.createFile(atPath: log.path, contents: nil) }
    let handle = try FileHandle(forWritingTo: log)
    try handle.seekToEnd()
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    return process
  }

  // MARK: Waiting

  private func wait(for what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + Self.patience
    while ContinuousClock.now < deadline {
      if try await condition() { return }
      guard daemon.isRunning, locations.allSatisfy(\.isRunning) else {
        throw BenchmarkError("a process ended before \(what); the logs are in \(home.path)")
      }
      try await Task.sleep(for: Self.pollInterval)
    }
    throw BenchmarkError("not within \(Self.patience): \(what); the logs are in \(home.path)")
  }

  private func waitUntilSchedulable() async throws {
    try await wait(for: "every location was schedulable") {
      guard let known = try? await client.locations() else { return false }
      return known.count == names.count && known.allSatisfy { $0.state == .connected && $0.assets == shape.assets }
    }
  }

  /// Waits until nothing is written any more, such as settlements after a run's end.
  func waitUntilQuiet() async throws {
    var position = try await self.position()
    var since = ContinuousClock.now
    try await wait(for: "the journal was quiet") {
      let now = try await self.position()
      if now != position { (position, since) = (now, .now) }
      return ContinuousClock.now - since > Self.quiet
    }
  }

  // MARK: Restarting

  /// Stops the first location's server, starts it again, and returns how long its assets took to be schedulable.
  func restartLocation() async throws -> Duration {
    locations[0].terminate()
    locations[0].waitUntilExit()
    while try await client.locations().first?.state == .connected { try await Task.sleep(for: Self.pollInterval) }
    let start = ContinuousClock.now
    locations[0] = try startLocation(0)
    try await waitUntilSchedulable()
    return ContinuousClock.now - start
  }

  /// Ends the daemon, in order or by SIGKILL, starts it again, and returns how long it took until it was ready, and until every
  /// location was schedulable.
  func restartDaemon(killing: Bool) async throws -> (ready: Duration, schedulable: Duration) {
    if killing { kill(daemon.processIdentifier, SIGKILL) } else { daemon.terminate() }
    daemon.waitUntilExit()
    let start = ContinuousClock.now
    daemon = try startDaemon()
    try await wait(for: "the daemon was ready") { await probe.isReady() }
    // A follower is ready, too; on PostgreSQL a killed leader's lease runs out first.
    try await wait(for: "the daemon led") { try await client.status().role == .leading }
    let ready = ContinuousClock.now - start
    try await waitUntilSchedulable()
    return (ready, ContinuousClock.now - start)
  }

  // MARK: Figures

  /// What all processes have used so far.
  var processorUse: ProcessorUse {
    ProcessorUse(
      daemon: ProcessFigures.processorTime(of: daemon) ?? .zero,
      locations: locations.map { ProcessFigures.processorTime(of: $0) ?? .zero }.reduce(.zero, +))
  }

  var daemonMemory: Double? { ProcessFigures.residentMegabytes(of: daemon) }
  var locationMemory: Double { locations.compactMap { ProcessFigures.residentMegabytes(of: $0) }.reduce(0, +) }
  /// How many events the journal holds.
  func position() async throws -> UInt64 { try await client.status().position }
  func journal() async throws -> Probe.Journal { try await probe.journal() }
}
