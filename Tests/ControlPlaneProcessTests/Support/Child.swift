// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A process of a test's own, whose output goes to a file.
final class Child: Sendable {
  private let process: Process
  let log: URL

  /// Executables lie beside the test bundle.
  static let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

  /// Starts it.
  ///
  /// - Parameter shell: what a shell does before it becomes the process: `umask 0`.
  init(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:], shell: String? = nil, log: URL
  ) throws {
    let path = Self.products.appending(path: executable)
    try #require(FileManager.default.isExecutableFile(atPath: path.path()), "\(path.path()) is not built")
    if !FileManager.default.fileExists(atPath: log.path()) { try Data().write(to: log) }
    let output = try FileHandle(forWritingTo: log)
    try output.seekToEnd()
    process = Process()
    process.executableURL = shell == nil ? path : URL(filePath: "/bin/sh")
    process.arguments = shell.map { ["-c", "\($0); exec \"$0\" \"$@\"", path.path()] + arguments } ?? arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    self.log = log
    try process.run()
  }

  var isRunning: Bool { process.isRunning }
  var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// How long it has kept processors busy.
  func processorTime() throws -> Duration {
    let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
    let fields = try #require(text.split(separator: ")").last).split(separator: " ")
    let ticks = try #require(Int64(fields[11])) + (try #require(Int64(fields[12])))
    return .milliseconds(ticks * 1_000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Ends it at once, and returns when the system has taken it away.
  func end() async throws {
    send(SIGCONT)
    send(SIGKILL)
    try await eventually("the end of a process") { isRunning ? nil : () }
  }

  /// Runs a program to its end; returns its exit status and what it printed.
  static func run(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    let status = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do {
        try process.run()
      } catch {
        continuation.resume(throwing: error)
      }
    }
    return (status, String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self))
  }
}
