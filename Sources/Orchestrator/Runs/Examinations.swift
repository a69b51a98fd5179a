// SPDX-License-Identifier: Apache-2.0

import AssetModel
import DequeModule

/// The steps that are to be looked at, by location: the locations take turns, so that one with a million steps delays no other.
struct Examinations: Sendable {
  enum Item: Hashable, Sendable {
    case step(StepID)
    /// Steps of a run with these ordinals: a run of a million steps is a few of these.
    case steps(RunID, Range<Int>)
  }

  private var queues: [LocationName: Deque<Item>] = [:]
  /// The locations with something to look at that do not rest, the next one first.
  private var turns: Deque<LocationName> = []
  private var resting: Set<LocationName> = []

  /// Whether nothing is to be looked at, now or later.
  var isEmpty: Bool { queues.isEmpty }
  /// Whether something may be looked at now.
  var isDue: Bool { !turns.isEmpty }

  mutating func add(_ item: Item, of location: LocationName) {
    if case .steps(_, let ordinals) = item, ordinals.isEmpty { return }
    if queues[location] == nil, !resting.contains(location) { turns.append(location) }
    queues[location, default: []].append(item)
  }

  /// The locations with something to look at.
  var locations: some Sequence<LocationName> { queues.keys }

  /// Forgets what is to be looked at of a location; one that rests goes on resting.
  mutating func clear(_ location: LocationName) {
    guard queues.removeValue(forKey: location) != nil else { return }
    turns.removeAll { $0 == location }
  }

  mutating func next() -> Agenda.Place? {
    guard let location = turns.popFirst(), let item = queues[location]?.popFirst() else { return nil }
    let step: StepID
    switch item {
    case .step(let single): step = single
    case .steps(let run, let ordinals):
      step = StepID(run: run, ordinal: ordinals.lowerBound)
      if ordinals.count > 1 { queues[location]?.prepend(.steps(run, ordinals.dropFirst())) }
    }
    if queues[location]?.isEmpty == true { queues[location] = nil } else { turns.append(location) }
    return Agenda.Place(step: step, location: location)
  }

  func isResting(_ location: LocationName) -> Bool { resting.contains(location) }

  mutating func rest(_ location: LocationName) {
    guard resting.insert(location).inserted else { return }
    turns.removeAll { $0 == location }
  }

  mutating func wake(_ location: LocationName) {
    guard resting.remove(location) != nil, queues[location] != nil else { return }
    turns.append(location)
  }
}
