// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The processes of a campaign, each started, killed and started again under its own name.
final class Plant {
  let home: URL
  /// Where each daemon answers.
  let urls: [String]
  let store: Store
  /// Who can be killed, in the order in which they are started first.
  let victims: [Victim]
  private let binaries: URL
  private let postgres: PostgresServer
  private let port: Int
  private var processes: [Victim: Process] = [:]
  let children = Children()
  private(set) var starts: [Victim: Int] = [:]

  /// Where the daemon keeps everything.
  var state: URL { home.appendingPathComponent("state") }
  var storage: URL { home.appendingPathComponent("storage") }
  private var workspace: URL { home.appendingPathComponent("workspace.yaml") }

  init(home: URL, binaries: URL, scripts: URL, port: Int, store: Store, daemons: Int) throws {
    self.home = home
    self.store = store
    postgres = PostgresServer(
      directory: home.appendingPathComponent("pg"), script: scripts.appendingPathComponent("postgres.sh"))
    self.binaries = binaries
    self.port = port
    victims = store.victims(daemons: daemons)
    urls = Victim.daemons.prefix(daemons).map { "http://127.0.0.1:\(port + $0.offset)" }
    try FileManager.default.createDirectory(at: storage, withIntermediateDirectories: true)
    for location in Victim.locations { try writeSecret(of: location) }
    let locations = Victim.locations.map { location in
      "  - grpc_server: { location_name: \(location.rawValue), host: 127.0.0.1, port: \(portOf(location)) }\n    secret_file: \(location.rawValue).secret\n"
    }
    try "load_from:\n\(locations.joined())".write(to: workspace, atomically: true, encoding: .utf8)
  }

  private func secret(of location: Victim) -> URL { home.appendingPathComponent("\(location.rawValue).secret") }

  /// What a location shares with the daemons; one that is there stays.
  private func writeSecret(of location: Victim) throws {
    let path = secret(of: location).path
    guard !FileManager.default.fileExists(atPath: path) else { return }
    let text = UUID().uuidString + UUID().uuidString
    guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]) else {
      throw Violation(.process, "\(path) cannot be written")
    }
  }

  private func portOf(_ victim: Victim) -> Int { port + victim.offset }

  /// - Precondition: it does not run.
  func start(_ victim: Victim) throws {
    starts[victim, default: 0] += 1
    if victim == .postgres { return children.insert(try postgres.start()) }
    let process = Process()
    process.currentDirectoryURL = home
    process.standardInput = FileHandle.nullDevice
    let log = try logFile(of: victim)
    process.standardOutput = log
    process.standardError = log
    configure(process, as: victim)
    try process.run()
    children.insert(process.processIdentifier)
    processes[victim] = process
  }

  private func configure(_ process: Process, as victim: Victim) {
    var environment = ProcessInfo.processInfo.environment
    switch victim {
    case .daemon, .second:
      process.executableURL = binaries.appendingPathComponent("sluiced")
      let directory = victim == .daemon ? state : home.appendingPathComponent("state.second")
      process.arguments = ["--workspace", workspace.path, "--data-dir", directory.path, "--port", "\(portOf(victim))"]
      if store == .postgres { process.arguments? += ["--store", postgres.conninfo] }
    // A server by a script of its own.
    case .postgres: break
    case .alpha, .beta:
      process.executableURL = binaries.appendingPathComponent("crash-location")
      process.arguments = ["serve", "--port", "\(portOf(victim))", "--slots", "\(CrashLimits.slots)"]
      environment["CRASH_NAME"] = victim.rawValue
      environment["SLUICE_STORAGE"] = storage.path
      environment["SLUICE_SECRET_FILE"] = secret(of: victim).path
    }
    process.environment = environment
  }

  private func log(of victim: Victim) -> URL { home.appendingPathComponent("\(victim.rawValue).log") }

  private func logFile(of victim: Victim) throws -> FileHandle {
    let path = log(of: victim)
    if !FileManager.default.fileExists(atPath: path.path) { try Data().write(to: path) }
    let handle = try FileHandle(forWritingTo: path)
    try handle.seekToEnd()
    return handle
  }

  /// Ends a process at once, and waits until the system has taken it away.
  func kill(_ victim: Victim) {
    if victim == .postgres {
      if let identifier = postgres.kill() { children.remove(identifier) }
      return
    }
    guard let process = processes.removeValue(forKey: victim) else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    children.remove(process.processIdentifier)
  }

  /// Stops a process where it is; what is sent to it waits.
  func freeze(_ victim: Victim) { signal(victim, SIGSTOP) }
  func thaw(_ victim: Victim) { signal(victim, SIGCONT) }

  private func signal(_ victim: Victim, _ number: Int32) {
    if let process = processes[victim] { Foundation.kill(process.processIdentifier, number) }
  }

  /// What ended without having been killed.
  var deserters: [Violation] {
    processes.filter { !$0.value.isRunning }.keys.map { victim in
      let end = (try? String(contentsOf: log(of: victim), encoding: .utf8))?.split(separator: "\n").suffix(3) ?? []
      return Violation(.process, "\(victim.rawValue) ended by itself: \(end.joined(separator: " / "))")
    }
  }

  func stop() { for victim in victims.reversed() { kill(victim) } }
}
