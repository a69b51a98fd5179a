// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Lines that a step logs for people; they reach the control plane in batches while it runs.
public struct StepLog: Sendable {
  private let write: @Sendable (LogLine.Level, String) -> Void

  package init(_ write: @escaping @Sendable (LogLine.Level, String) -> Void) { self.write = write }

  /// Logs what only whoever mends the step wants to see.
  public func debug(_ message: @autoclosure () -> String) { write(.debug, message()) }
  /// Logs what happens in the normal course.
  public func info(_ message: @autoclosure () -> String) { write(.info, message()) }
  /// Logs what is odd and does not stop the step.
  public func warning(_ message: @autoclosure () -> String) { write(.warning, message()) }
  /// Logs what has gone wrong; the step goes on unless it throws.
  public func error(_ message: @autoclosure () -> String) { write(.error, message()) }

  /// Logs a line, cut at ``Limits/messageLength`` bytes.
  public func callAsFunction(_ level: LogLine.Level, _ message: String) { write(level, message) }
}
