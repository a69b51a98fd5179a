// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
package import AssetModel
package import ControlPlaneAPI

/// The exit codes of `sluice`, as `docs/cli.md` states them.
package enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
  case ok = 0
  /// What was asked for failed: a run ended `failed`, a request was refused, a validation found something.
  case failure = 1
  /// No daemon answers.
  case unreachable = 3
  /// A gate is closed: a run ended `blocked`, or `why` was asked about a closed gate.
  case blocked = 4
  /// The run was cancelled.
  case cancelled = 5
  /// The command line is malformed; nothing was done.
  case usage = 64

  /// What the end of a run exits with.
  package init(_ state: RunState) {
    self =
      switch state {
      case .running, .succeeded: .ok
      case .failed: .failure
      case .blocked: .blocked
      case .cancelled: .cancelled
      }
  }

  /// What an error exits with.
  package init(_ error: any Error) {
    self = error is DaemonUnreachable ? .unreachable : .failure
  }
}

/// Ends a command early with a status, once it has said everything itself.
struct Exit: Error {
  let status: ExitStatus
}

/// A refusal of the CLI itself: what is wrong, and how to mend it.
package struct CommandFailure: Error, Hashable, Sendable, ShownConvertible, CustomStringConvertible {
  package let message: Shown
  package let mend: Shown?

  package init(_ message: Shown, mend: Shown? = nil) {
    self.message = message
    self.mend = mend
  }

  package var shown: Shown { mend.map { "\(message)\n  mend: \($0)" } ?? message }
  package var description: String { shown.text }
}
