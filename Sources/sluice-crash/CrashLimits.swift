// SPDX-License-Identifier: Apache-2.0

/// Every bound of the harness.
enum CrashLimits {
  /// How long the system may take to come to rest, and a request to be acknowledged.
  static let patience: Duration = .seconds(90)
  /// How often an observable condition is looked at.
  static let look: Duration = .milliseconds(20)
  /// How often the watcher looks at every `current`.
  static let watch: Duration = .milliseconds(3)
  /// How long one request may take.
  static let request: Duration = .seconds(10)
  /// How long one request may take where there is another daemon to ask.
  static let impatientRequest: Duration = .seconds(3)
  /// How long a strike waits for the event that it is aimed at.
  static let aim: Duration = .seconds(3)
  /// How long a daemon leads that says nothing.
  static let lease: Duration = .seconds(3)
  /// Unfinished runs beyond which no more are launched.
  static let openRuns = 6
  /// Steps that a location runs at once: fewer than there are to run, so that a slot that is not given back is missed.
  static let slots = 4
  /// Actions and violations that are printed at the end.
  static let actionsShown = 60
  static let violationsShown = 20
  /// By how much an instant of the journal and one of the file system may differ: the API's instants are whole milliseconds.
  static let clockTolerance = 0.002
}
