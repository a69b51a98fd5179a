// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// The last lines of an attempt that there is no room for, within ``WireLimits/bufferedTailBytes``, and how many before them are missing.
struct LogTail: Sendable {
  private var lines: [LogLine] = []
  private var bytes = 0
  private var dropped = 0

  /// - Parameter before: lines that are missing before these.
  mutating func append(_ more: [LogLine], dropped before: Int) {
    if before > 0 {
      // Lines are missing behind those that are kept, too: one count stands before what follows.
      dropped = min(dropped + lines.count + min(before, Limits.droppedLines), Limits.droppedLines)
      (lines, bytes) = ([], 0)
    }
    lines += more
    bytes += more.reduce(0) { $0 + Self.weight($1) }
    var gone = 0
    while bytes > WireLimits.bufferedTailBytes, gone < lines.count {
      bytes -= Self.weight(lines[gone])
      gone += 1
    }
    lines.removeFirst(gone)
    dropped = min(dropped + gone, Limits.droppedLines)
  }

  /// That of its report.
  var weight: Int { 64 + bytes }

  func report(of attempt: AttemptID) -> StepReport { .logged(attempt, lines: lines, dropped: dropped) }

  private static func weight(_ line: LogLine) -> Int { 32 + min(line.message.utf8.count, Limits.messageLength) }
}
