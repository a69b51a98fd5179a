// SPDX-License-Identifier: Apache-2.0

import AssetModel
import DequeModule
import HeapModule

/// What is to be looked at next: derived from the state, never journaled, rebuilt on start.
///
/// An unfinished step that is not in flight is in exactly one place: to be examined, parked at a partition, in its location's
/// queue, or asleep until its retry.
struct Agenda: Sendable {
  /// Steps whose gates must be looked at in this decision.
  private(set) var examine: Deque<StepID> = []
  /// Steps that wait for something to change at a partition.
  private var parked: [AssetPartition: [StepID]] = [:]
  /// Steps whose gates were open when they were last looked at, by location, in the order in which they got there.
  private var queues: [LocationName: Deque<Queued>] = [:]
  /// Locations that may have something to grant.
  private var toServe: Set<LocationName> = []
  private var timers = Heap<Timer>()
  private var timerCount: UInt64 = 0
  private var cursors: [StepID: ScanCursor] = [:]
  /// Runs that may have finished.
  private(set) var finishing: [RunID] = []

  struct Queued: Hashable, Sendable {
    let step: StepID
    let since: Timestamp
  }

  enum Due: Hashable, Sendable {
    case retry(StepID)
    case deadline(StepAttempt)
    case slot(LocationName, StepAttempt)
    case patience(LocationName)
    case removal(LocationName)
    case settlements(LocationName)
    case schedule(ScheduleID)
  }

  private struct Timer: Comparable, Sendable {
    let at: Timestamp
    let order: UInt64
    let due: Due
    static func < (left: Timer, right: Timer) -> Bool { (left.at, left.order) < (right.at, right.order) }
    static func == (left: Timer, right: Timer) -> Bool { left.order == right.order }
  }

  // MARK: Examining and parking

  mutating func toExamine(_ step: StepID) { examine.append(step) }
  mutating func nextToExamine() -> StepID? { examine.popFirst() }
  mutating func park(_ step: StepID, at target: AssetPartition) { parked[target, default: []].append(step) }

  /// Something changed at a partition: whoever waits there is looked at again.
  mutating func touch(_ target: AssetPartition) {
    guard let steps = parked.removeValue(forKey: target) else { return }
    examine.append(contentsOf: steps)
  }

  /// The definitions changed: everybody is looked at again.
  mutating func touchAll() {
    for (_, steps) in parked.sorted(by: { $0.key < $1.key }) { examine.append(contentsOf: steps) }
    parked = [:]
    for (_, queue) in queues.sorted(by: { $0.key < $1.key }) { examine.append(contentsOf: queue.map(\.step)) }
    queues = [:]
    cursors = [:]
  }

  func cursor(of step: StepID) -> ScanCursor { cursors[step] ?? ScanCursor() }

  mutating func keep(_ cursor: ScanCursor, of step: StepID) {
    cursors[step] = cursor == ScanCursor() ? nil : cursor
  }

  mutating func forgetCursor(of step: StepID) { cursors[step] = nil }

  // MARK: Queues

  mutating func enqueue(_ step: StepID, at location: LocationName, since: Timestamp) {
    queues[location, default: []].append(Queued(step: step, since: since))
    toServe.insert(location)
  }

  mutating func serve(_ location: LocationName) { toServe.insert(location) }

  mutating func nextToServe() -> LocationName? {
    guard let location = toServe.min() else { return nil }
    toServe.remove(location)
    return location
  }

  mutating func dequeue(from location: LocationName) -> Queued? { queues[location]?.popFirst() }
  func hasQueue(at location: LocationName) -> Bool { queues[location]?.isEmpty == false }
  /// Some may have ended meanwhile: they leave the queue when their turn comes.
  func queueLength(at location: LocationName) -> Int { queues[location]?.count ?? 0 }
  func firstQueued(at location: LocationName) -> Queued? { queues[location]?.first }

  // MARK: Timers

  mutating func remind(at instant: Timestamp, _ due: Due) {
    timerCount += 1
    timers.insert(Timer(at: instant, order: timerCount, due: due))
  }

  mutating func popDue(at now: Timestamp) -> Due? {
    guard let first = timers.min, first.at <= now else { return nil }
    return timers.removeMin().due
  }

  var nextTimer: Timestamp? { timers.min?.at }

  // MARK: Runs

  mutating func mayHaveFinished(_ run: RunID) { finishing.append(run) }
  mutating func nextFinishing() -> RunID? { finishing.popLast() }
}
