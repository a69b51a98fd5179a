// SPDX-License-Identifier: Apache-2.0

import AssetModel
import HeapModule

/// When what comes due: one reminder for each thing, however often it is asked for.
///
/// One that is asked for at a later instant than it already has keeps the earlier; whoever is reminded looks whether it is time, and
/// asks again where it is not.
struct Reminders: Sendable {
  private var instants: [Agenda.Due: Timestamp] = [:]
  /// Each thing at its instant; those that were moved or removed since lie there too, and are passed over.
  private var heap = Heap<Entry>()
  private var count: UInt64 = 0

  private struct Entry: Comparable, Sendable {
    let at: Timestamp
    let order: UInt64
    let due: Agenda.Due
    static func < (left: Entry, right: Entry) -> Bool { (left.at, left.order) < (right.at, right.order) }
    static func == (left: Entry, right: Entry) -> Bool { left.order == right.order }
  }

  /// Passed over entries that may lie in the heap beside as many that count.
  private static let slack = 1_024

  mutating func add(_ due: Agenda.Due, at instant: Timestamp) {
    if let known = instants[due], known <= instant { return }
    instants[due] = instant
    insert(due, at: instant)
  }

  mutating func remove(_ due: Agenda.Due) {
    guard instants.removeValue(forKey: due) != nil, heap.count > 2 * instants.count + Self.slack else { return }
    let kept = heap.unordered.filter { instants[$0.due] == $0.at }
    heap = Heap(kept)
  }

  mutating func pop(at now: Timestamp) -> Agenda.Due? {
    while let first = heap.min, first.at <= now {
      heap.removeMin()
      guard instants[first.due] == first.at else { continue }
      instants[first.due] = nil
      return first.due
    }
    return nil
  }

  /// The next instant; one that was moved or removed since may come before.
  var next: Timestamp? { heap.min?.at }

  private mutating func insert(_ due: Agenda.Due, at instant: Timestamp) {
    count += 1
    heap.insert(Entry(at: instant, order: count, due: due))
  }
}
