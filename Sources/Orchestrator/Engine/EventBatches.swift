// SPDX-License-Identifier: Apache-2.0

import AssetModel
import DequeModule

/// Events in order, kept in the batches in which they were appended, so that an append copies none.
struct EventBatches: Sendable {
  private struct Batch {
    /// The position of its first event.
    let first: JournalPosition
    var events: [StampedEvent]

    var end: JournalPosition { first + JournalPosition(events.count) }
  }

  private var batches: Deque<Batch> = []
  /// The position of the last event that was removed.
  private(set) var beginning: JournalPosition = 0
  /// The position of the last event.
  private(set) var end: JournalPosition = 0

  mutating func append(_ events: [StampedEvent]) {
    guard !events.isEmpty else { return }
    batches.append(Batch(first: end + 1, events: events))
    end += JournalPosition(events.count)
  }

  /// At most so many of the events after a position, which is not before the beginning.
  func events(after position: JournalPosition, limit: Int) -> [StampedEvent] {
    guard position < end, limit > 0 else { return [] }
    var result: [StampedEvent] = []
    for batch in batches[index(of: position + 1)...] {
      let known = position + 1 > batch.first ? Int(position + 1 - batch.first) : 0
      result += batch.events[known...].prefix(limit - result.count)
      if result.count == limit { break }
    }
    return result
  }

  /// The position of the last event before an instant, and up to a position; of events in the order of their instants.
  func end(before instant: Timestamp?, through position: JournalPosition) -> JournalPosition {
    guard let instant else { return max(beginning, min(position, end)) }
    var result = beginning
    for batch in batches {
      for stamped in batch.events {
        guard stamped.at < instant, result < position else { return result }
        result += 1
      }
    }
    return result
  }

  /// Removes every event up to a position.
  mutating func remove(through position: JournalPosition) {
    batches.removeSubrange(..<(batches.firstIndex { $0.end > position + 1 } ?? batches.endIndex))
    beginning = max(beginning, min(position, end))
    guard let first = batches.first, first.first <= position else { return }
    batches[0] = Batch(first: position + 1, events: Array(first.events[Int(position + 1 - first.first)...]))
  }

  /// The batch that holds the event at a position.
  private func index(of position: JournalPosition) -> Int {
    var low = 0
    var high = batches.count
    while low < high {
      let middle = (low + high) / 2
      if batches[middle].end <= position { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
