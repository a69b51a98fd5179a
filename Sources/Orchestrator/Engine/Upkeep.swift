// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// How an engine keeps its journal short to start from, and small.
public struct UpkeepPolicy: Hashable, Sendable {
  /// After how many events a snapshot is taken.
  public var snapshotEvery: UInt64 = 50_000
  /// After how many bytes of log lines a snapshot is taken, if there were not as many events before: a start reads them, too.
  public var snapshotEveryBytes = 256 << 20
  /// How many events since the last snapshot are worth one when the engine stops.
  public var snapshotAtStopAfter: UInt64 = 1_000
  /// How much of finished runs is kept; nil for all.
  public var retention: RetentionPolicy? = RetentionPolicy()
  /// How often what is not kept is removed.
  public var pruningInterval: Duration = .seconds(3_600)

  public init() {}
}

/// What an engine says about its journal's upkeep and its clocks, for the log. None of it stops the engine.
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
  /// The wall clock was set forward, or back where that is negative, since it was last looked at; or the machine was suspended.
  case clockSet(by: Duration)
  /// The journal's last event is ahead of the wall clock: new ones are stamped with the same instant until it has caught up.
  case journalAhead(by: Duration)
  /// The wall clock has caught up with the journal.
  case journalLevel
}

/// Decides when a snapshot is due; one at a time.
package final class SnapshotDesk: Sendable {
  private struct Content {
    /// The position of the last one that was saved, or tried.
    var last: JournalPosition
    /// Bytes of log lines since then.
    var bytes = 0
    var isBusy = false
    /// Before that the next one would take too much of the machine; nil where the last was quick.
    var rest: ContinuousClock.Instant?
  }

  /// A snapshot that takes longer is followed by a rest of this many times as long: of a state with a million blocked steps one is worth
  /// more events than it usually is.
  private static let quick: Duration = .milliseconds(100)
  private static let rests = 10

  private let interval: UInt64
  private let most: Int
  private let content: Mutex<Content>

  /// - Parameter bytes: of log lines, that make one due before so many events do.
  package init(every interval: UInt64, orAfter bytes: Int = .max, last: JournalPosition) {
    self.interval = interval
    most = bytes
    content = Mutex(Content(last: last))
  }

  /// Whether one is due at a position; if so, it counts as under way until `finish`.
  ///
  /// - Parameters:
  ///   - logged: bytes of log lines that have come since the last question.
  ///   - count: how many events make one due now, whatever the last one took; as many as usual, where that is nil.
  package func begin(
    at position: JournalPosition, logged: Int = 0, atLeast count: UInt64? = nil, now: ContinuousClock.Instant = .now
  ) -> Bool {
    content.withLock { content in
      // No overflow: what they count was in memory, and came over years at most.
      content.bytes += logged
      guard !content.isBusy, position >= content.last + (count ?? interval) || content.bytes >= most,
        count != nil || content.rest.map({ now >= $0 }) ?? true
      else {
        return false
      }
      (content.last, content.bytes, content.isBusy) = (position, 0, true)
      return true
    }
  }

  package func finish(since start: ContinuousClock.Instant, now: ContinuousClock.Instant = .now) {
    let duration = now - start
    content.withLock { content in
      content.isBusy = false
      content.rest = duration > Self.quick ? now + duration * Self.rests : nil
    }
  }
}
