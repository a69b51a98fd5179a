// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Glibc
import Synchronization

/// What a process printed last, to be told once it has ended: its last lines, or, where it said why it crashes, those around that.
/// What the Swift runtime prints behind such a line is long, and says nothing to whoever only asks why a step was lost.
package final class LastLines: Sendable {
  private struct Content {
    var last: [String] = []
    /// The lines up to the one that says why it crashes, and some behind it.
    var crash: [String]?
    /// How many lines came since.
    var since = 0
  }

  private let content = Mutex(Content())

  package init() {}

  package func add(_ line: String) {
    // An environment holds no NUL.
    let line = String(String.UnicodeScalarView(line.unicodeScalars.filter { $0 != "\0" }))
      .cut(toBytes: LastLinesLimits.lineBytes, mark: "…")
    content.withLock { content in
      content.last.append(line)
      if content.last.count > LastLinesLimits.lines { content.last.removeFirst() }
      if Self.tellsCrash(line), content.crash == nil || content.since > LastLinesLimits.linesOfCrash {
        (content.crash, content.since) = (content.last, 0)
      } else if content.crash != nil {
        content.since += 1
        if content.since <= LastLinesLimits.linesBehind { content.crash?.append(line) }
      }
    }
  }

  /// How the process ended with what it printed last, as its next instance is told.
  package func told(of end: String) -> String {
    let lines = content.withLock { content in
      content.since <= LastLinesLimits.linesOfCrash ? content.crash ?? content.last : content.last
    }.filter { !$0.allSatisfy(\.isWhitespace) }
    return lines.isEmpty ? end : "\(end); its last lines:\n\(lines.joined(separator: "\n"))"
  }

  private static func tellsCrash(_ line: String) -> Bool { line.contains("Fatal error") || line.contains("*** Program crashed") }
}

/// Bounds on what the next instance of a process is told of the one before.
package enum LastLinesLimits {
  /// Lines that are kept.
  package static let lines = 8
  /// Lines behind one that says why the process crashes.
  package static let linesBehind = 2
  /// Lines of a crash's report: where more follow, the process has gone on.
  package static let linesOfCrash = 10_000
  /// Bytes of one line.
  package static let lineBytes = 320
  /// Bytes of a line that is shown as a process prints it.
  package static let printedLineBytes = 64 << 10
}

/// A signal with its name.
struct SignalName: CustomStringConvertible {
  let description: String

  init(_ number: Int32) {
    let name: String? =
      switch number {
      case SIGHUP: "SIGHUP"
      case SIGINT: "SIGINT"
      case SIGQUIT: "SIGQUIT"
      case SIGILL: "SIGILL"
      case SIGTRAP: "SIGTRAP"
      case SIGABRT: "SIGABRT"
      case SIGBUS: "SIGBUS"
      case SIGFPE: "SIGFPE"
      case SIGKILL: "SIGKILL, which the system also sends to a process that takes too much memory"
      case SIGSEGV: "SIGSEGV"
      case SIGPIPE: "SIGPIPE"
      case SIGTERM: "SIGTERM"
      default: nil
      }
    description = name.map { "\(number) (\($0))" } ?? "\(number)"
  }
}
