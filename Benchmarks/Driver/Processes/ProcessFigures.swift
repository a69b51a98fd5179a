// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What Linux counts for a process.
enum ProcessFigures {
  /// The processor time that a process has used, user and system; nil where it is gone.
  static func processorTime(of process: Process) -> Duration? {
    guard let stat = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return nil }
    // The fields behind the name in brackets begin with the third; user and system time are the 14th and 15th.
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
    return .milliseconds((user + system) * 1_000 / ticksPerSecond)
  }

  /// Megabytes (10⁶ bytes) of resident memory; nil where the process is gone.
  static func residentMegabytes(of process: Process) -> Double? {
    let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 * 1_024 / 1e6 }
  }

  private static let ticksPerSecond = sysconf(Int32(_SC_CLK_TCK))
}

/// The processor time of the daemon and of all locations.
struct ProcessorUse {
  var daemon: Duration
  var locations: Duration

  func subtracting(_ earlier: ProcessorUse) -> ProcessorUse {
    ProcessorUse(daemon: daemon - earlier.daemon, locations: locations - earlier.locations)
  }
}
