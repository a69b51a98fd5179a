// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// The state after an event of a journal: a start takes it up and replays only what follows.
public struct JournalSnapshot: Hashable, Sendable {
  /// The position of the last event that is folded into the state.
  public let position: JournalPosition
  public let state: State

  public init(position: JournalPosition, state: State) {
    self.position = position
    self.state = state
  }
}

/// What a store answers when it is asked for its newest snapshot.
public struct SnapshotReading: Sendable {
  /// The newest that verifies; nil where there is none.
  public let newest: JournalSnapshot?
  /// Why newer ones were passed over, for the log: one line each.
  public let problems: [String]

  public init(newest: JournalSnapshot?, problems: [String] = []) {
    self.newest = newest
    self.problems = problems
  }
}

/// How much of finished runs a store keeps; beyond either bound their steps, logs and events go.
///
/// Promoted and rejected versions stay for ever, with their inputs, their locators and every evaluation of their checks, as does a
/// line about each run.
public struct RetentionPolicy: Hashable, Sendable {
  /// How long after its end a run is kept whole.
  public var age: Duration = .seconds(30 * 86_400)
  /// How many finished runs are kept whole, the newest ones.
  public var runs = 100_000
  /// How many ticks of each schedule are kept, the newest ones.
  public var ticks = 500
  /// Characters of its selection that the line about a run keeps once the rest has gone.
  package static let selectionLength = 128
  /// How long after its launch a run that is not over keeps its events, and all that came after them. Its rows stay as they are, and
  /// snapshots carry it beyond that.
  public var eventsOfUnfinished: Duration = .seconds(30 * 86_400)

  public init() {}

  public init(age: Duration, runs: Int, ticks: Int = 500) {
    self.age = age
    self.runs = runs
    self.ticks = ticks
  }
}

/// What one pruning removed.
public struct PruningReport: Hashable, Sendable {
  /// How many runs lost their steps.
  public let runs: Int
  /// How many events were removed.
  public let events: UInt64
  /// The position of the last event that is gone; 0 for none.
  public let beginning: JournalPosition

  public init(runs: Int, events: UInt64, beginning: JournalPosition) {
    self.runs = runs
    self.events = events
    self.beginning = beginning
  }
}
