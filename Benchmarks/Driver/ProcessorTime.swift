// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The processor time that a process has used, user and system, as Linux counts it.
enum ProcessorTime {
  /// - Returns: nil where the process is gone.
  static func of(_ process: Process) -> Duration? {
    guard let stat = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return nil }
    // The fields behind the name in brackets begin with the third; user and system time are the 14th and 15th.
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
    return .milliseconds((user + system) * 1_000 / ticksPerSecond)
  }

  private static let ticksPerSecond = sysconf(Int32(_SC_CLK_TCK))
}
