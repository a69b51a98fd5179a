// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// How an engine keeps its journal short to start from, and small.
public struct UpkeepPolicy: Hashable, Sendable {
  /// After how many events a snapshot is taken.
  public var snapshotEvery: UInt64 = 50_000
  /// How many events since the last snapshot are worth one when the engine stops.
  public var snapshotAtStopAfter: UInt64 = 1_000
  /// How much of finished runs is kept; nil for all.
  public var retention: RetentionPolicy? = RetentionPolicy()
  /// How often what is not kept is removed.
  public var pruningInterval: Duration = .seconds(3_600)

  public init() {}
}

/// What an engine says about its journal's upkeep, for the log. None of it stops the engine.
public enum UpkeepNotice: Hashable, Sendable {
  /// A snapshot did not verify: an older one was taken up, or the journal replayed.
  case snapshotIgnored(String)
  /// The start took up a snapshot, if any, and replayed what follows it.
  case replayed(from: JournalPosition, to: JournalPosition)
  case snapshotSaved(JournalPosition)
  /// It is tried again after as many events as before.
  case snapshotFailed(String)
  case pruned(PruningReport)
  /// This process follows, and the events that it would have read next were pruned: it begins anew with a snapshot.
  case followerBehind(String)
  /// It is tried again after the interval.
  case pruningFailed(String)
}

/// Decides when a snapshot is due; one at a time.
final class SnapshotDesk: Sendable {
  private struct Content {
    /// The position of the last one that was saved, or tried.
    var last: JournalPosition
    var isBusy = false
  }

  private let interval: UInt64
  private let content: Mutex<Content>

  init(every interval: UInt64, last: JournalPosition) {
    self.interval = interval
    content = Mutex(Content(last: last))
  }

  /// Whether one is due at a position; if so, it counts as under way until `finish`.
  func begin(at position: JournalPosition, atLeast count: UInt64? = nil) -> Bool {
    content.withLock { content in
      guard !content.isBusy, position >= content.last + (count ?? interval) else { return false }
      content = Content(last: position, isBusy: true)
      return true
    }
  }

  func finish() { content.withLock { $0.isBusy = false } }
}
