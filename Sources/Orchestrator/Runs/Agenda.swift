// SPDX-License-Identifier: Apache-2.0

import AssetModel
import DequeModule

/// What is to be looked at next: derived from the state, never journaled, rebuilt on start.
///
/// An unfinished step that is not in flight is in exactly one place: to be examined, parked at a partition, in its location's
/// queue, or asleep until its retry.
struct Agenda: Sendable {
  /// Steps whose gates must be looked at.
  private var examinations = Examinations()
  /// Steps that wait for something to change at a partition, by their location, so that those of one can be looked at anew.
  private var parked: [LocationName: [AssetPartition: [StepID]]] = [:]
  /// The locations that have steps parked at a partition; some of them may have none there any more.
  private var waiting: [AssetPartition: [LocationName]] = [:]
  /// Steps whose gates were open when they were last looked at, by location, in the order in which they got there.
  private var queues: [LocationName: Deque<Queued>] = [:]
  /// Locations that may have something to grant.
  private var toServe: Set<LocationName> = []
  /// The one that was served last.
  private var served: LocationName?
  /// What comes due in running time, and schedules by the wall clock.
  private var spans = Reminders()
  private var ticks = Reminders()
  /// Schedules that came due while their locations rested, in the order in which they did, each once.
  private var postponed: [LocationName: (order: Deque<ScheduleID>, members: Set<ScheduleID>)] = [:]
  private var unplanned = UnplannedSchedules()
  private var cursors: [StepID: ScanCursor] = [:]
  /// What was forgotten and has not been given up.
  private var forgotten: [[AssetPartition: [StepID]]] = []
  /// Runs that may have finished.
  private(set) var finishing: [RunID] = []

  struct Queued: Hashable, Sendable {
    let step: StepID
    /// In running time.
    let since: Timestamp
  }

  /// What comes due; of each there is one reminder at a time, for the earliest instant that it was asked for.
  enum Due: Hashable, Sendable {
    case retry(StepID)
    case deadline(StepAttempt)
    case slot(LocationName, StepAttempt)
    case patience(LocationName)
    case removal(LocationName)
    case settlements(LocationName)
    case schedule(ScheduleID)
    /// A location has rested from what it had done beyond its share.
    case rested(LocationName)
  }

  // MARK: Examining and parking

  mutating func toExamine(_ step: StepID, of location: LocationName) { examinations.add(.step(step), of: location) }

  /// Has the steps of a run at a location looked at, one after the other.
  mutating func toExamine(_ run: RunID, at location: LocationName) { examinations.add(.nodes(run, from: 0), of: location) }

  /// Has something looked at before everything else at its location.
  mutating func examineNext(_ item: Examinations.Item, at location: LocationName) {
    if case .steps(_, let ordinals) = item, ordinals.isEmpty { return }
    examinations.prepend(item, of: location)
  }

  /// What to look at next; the locations take turns.
  mutating func nextToExamine() -> Examinations.Next? { examinations.next() }

  var examinationCount: Int { examinations.count }

  /// Whether steps wait to be looked at that may be looked at now.
  var hasToExamine: Bool { examinations.isDue }

  /// Whether every step and schedule has been looked at since something changed for it, and everything that may be granted was.
  var isCaughtUp: Bool { examinations.isEmpty && toServe.isEmpty && finishing.isEmpty && unplanned.isEmpty }

  /// Whether a location has caused more than its share, and nothing of it is looked at for now.
  func isResting(_ location: LocationName) -> Bool { examinations.isResting(location) }

  /// A location has done more than its share: its steps are neither looked at nor granted before it has rested.
  mutating func rest(_ location: LocationName) { examinations.rest(location) }
  mutating func wake(_ location: LocationName) { examinations.wake(location) }

  mutating func park(_ step: StepID, of location: LocationName, at target: AssetPartition) {
    // In place, and each table looked into once: most steps park and are touched.
    func add(_ steps: inout [StepID]) -> Bool {
      steps.append(step)
      return steps.count == 1
    }
    func note(_ locations: inout [LocationName]) { if !locations.contains(location) { locations.append(location) } }
    if add(&parked[location, default: [:]][target, default: []]) { note(&waiting[target, default: []]) }
  }

  /// Something changed at a partition: whoever waits there is looked at again.
  mutating func touch(_ target: AssetPartition) {
    guard let locations = waiting.removeValue(forKey: target) else { return }
    for location in locations {
      guard let steps = parked[location]?.removeValue(forKey: target) else { continue }
      for step in steps { examinations.add(.step(step), of: location) }
    }
  }

  /// Forgets where the steps of a location are: its caller has all of them looked at again.
  mutating func clear(_ location: LocationName) {
    if let steps = parked.removeValue(forKey: location) { forgotten.append(steps) }
    queues[location] = nil
    examinations.clear(location)
  }

  /// Takes what was forgotten: giving it up takes as long as there were steps, and is better done elsewhere.
  mutating func takeForgotten() -> ForgottenSteps? {
    guard !forgotten.isEmpty else { return nil }
    defer { forgotten = [] }
    return ForgottenSteps(parked: forgotten)
  }

  /// Forgets where all steps are.
  mutating func clear() {
    for location in Set(parked.keys).union(queues.keys).union(examinations.locations) { clear(location) }
    waiting = [:]
    cursors = [:]
  }

  func cursor(of step: StepID) -> ScanCursor { cursors[step] ?? ScanCursor() }

  mutating func keep(_ cursor: ScanCursor, of step: StepID) {
    if cursor == ScanCursor() { forgetCursor(of: step) } else { cursors[step] = cursor }
  }

  mutating func forgetCursor(of step: StepID) { if !cursors.isEmpty { cursors[step] = nil } }

  // MARK: Queues

  mutating func enqueue(_ step: StepID, at location: LocationName, since: Timestamp) {
    queues[location, default: []].append(Queued(step: step, since: since))
    toServe.insert(location)
  }

  mutating func serve(_ location: LocationName) { toServe.insert(location) }

  mutating func nextToServe() -> LocationName? {
    // In the order of their names, from the one served last on.
    var (first, following): (LocationName?, LocationName?)
    for location in toServe where !isResting(location) {
      if first.map({ location < $0 }) ?? true { first = location }
      if let served, served < location, following.map({ location < $0 }) ?? true { following = location }
    }
    served = following ?? first
    return served.flatMap { toServe.remove($0) }
  }

  var hasToServe: Bool { toServe.contains { !isResting($0) } }

  mutating func dequeue(from location: LocationName) -> Queued? { queues[location]?.popFirst() }
  func hasQueue(at location: LocationName) -> Bool { queues[location]?.isEmpty == false }
  /// Some may have ended meanwhile: they leave the queue when their turn comes.
  func queueLength(at location: LocationName) -> Int { queues[location]?.count ?? 0 }
  func firstQueued(at location: LocationName) -> Queued? { queues[location]?.first }

  // MARK: Reminders

  mutating func remind(at running: Timestamp, _ due: Due) { spans.add(due, at: running) }
  mutating func remind(ofTick wall: Timestamp, of id: ScheduleID) { ticks.add(.schedule(id), at: wall) }
  mutating func forget(_ due: Due) { spans.remove(due) }
  mutating func popDue(at running: Timestamp, wall: Timestamp) -> Due? { spans.pop(at: running) ?? ticks.pop(at: wall) }
  var nextSpan: Timestamp? { spans.next }
  var nextTick: Timestamp? { ticks.next }

  // MARK: Schedules

  /// Has the next ticks of a location's schedules worked out.
  mutating func plan(_ schedules: [ScheduleSpec], of location: LocationName) { unplanned.put(schedules, of: location) }

  /// The next schedule to look at; the locations take turns, and those that rest have none.
  mutating func nextUnplanned() -> ScheduleID? {
    if unplanned.isEmpty { return nil }
    return unplanned.next { examinations.isResting($0) }
  }

  /// Whether the next tick of a schedule may be worked out now.
  var hasUnplanned: Bool { !unplanned.isEmpty && unplanned.isDue { examinations.isResting($0) } }

  /// Puts a schedule that is due off until its location has rested.
  mutating func postpone(_ id: ScheduleID) {
    guard postponed[id.location, default: ([], [])].members.insert(id).inserted else { return }
    postponed[id.location]?.order.append(id)
  }

  func hasPostponed(of location: LocationName) -> Bool { postponed[location] != nil }

  mutating func nextPostponed(of location: LocationName) -> ScheduleID? {
    guard let id = postponed[location]?.order.popFirst() else { return nil }
    postponed[location]?.members.remove(id)
    if postponed[location]?.order.isEmpty == true { postponed[location] = nil }
    return id
  }

  // MARK: Runs

  mutating func mayHaveFinished(_ run: RunID) { finishing.append(run) }
  mutating func nextFinishing() -> RunID? { finishing.popLast() }
}

/// Where steps were parked that are looked at anew: of no use any more, and up to millions of small pieces of memory.
package struct ForgottenSteps: Sendable {
  fileprivate let parked: [[AssetPartition: [StepID]]]
}
