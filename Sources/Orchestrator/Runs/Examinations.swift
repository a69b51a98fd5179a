// SPDX-License-Identifier: Apache-2.0

import AssetModel
import DequeModule

/// The steps that are to be looked at, by location: the locations take turns, so that one with a million steps delays no other.
struct Examinations: Sendable {
  enum Item: Hashable, Sendable {
    case step(StepID)
    /// Steps of a run with these ordinals.
    case steps(RunID, Range<Int>)
    /// The steps of a run at the location, from one of its nodes on: a run of a hundred thousand nodes is one of these.
    case nodes(RunID, from: Int)
  }

  /// What is to be looked at next at a location.
  struct Next {
    enum Item {
      case step(StepID)
      case nodes(RunID, from: Int)
    }

    let item: Item
    let location: LocationName
  }

  private var queues: [LocationName: Deque<Item>] = [:]
  /// The locations with something to look at that do not rest, the next one first.
  private var turns: Deque<LocationName> = []
  private var resting: Set<LocationName> = []

  /// Whether nothing is to be looked at, now or later.
  var isEmpty: Bool { queues.isEmpty }
  var count: Int { queues.values.reduce(0) { $0 + $1.count } }
  /// Whether something may be looked at now.
  var isDue: Bool { !turns.isEmpty }

  mutating func add(_ item: Item, of location: LocationName) { change(location) { $0.append(item) } }

  /// Has something looked at before everything else at its location.
  mutating func prepend(_ item: Item, of location: LocationName) { change(location) { $0.prepend(item) } }

  private mutating func change(_ location: LocationName, _ change: (inout Deque<Item>) -> Void) {
    if queues[location] == nil, !resting.contains(location) { turns.append(location) }
    change(&queues[location, default: []])
  }

  /// The locations with something to look at.
  var locations: some Sequence<LocationName> { queues.keys }

  /// Forgets what is to be looked at of a location; one that rests goes on resting.
  mutating func clear(_ location: LocationName) {
    guard queues.removeValue(forKey: location) != nil else { return }
    turns.removeAll { $0 == location }
  }

  mutating func next() -> Next? {
    guard let location = turns.popFirst(), let first = queues[location]?.popFirst() else { return nil }
    let item: Next.Item
    switch first {
    case .step(let step): item = .step(step)
    case .steps(let run, let ordinals):
      item = .step(StepID(run: run, ordinal: ordinals.lowerBound))
      if ordinals.count > 1 { queues[location]?.prepend(.steps(run, ordinals.dropFirst())) }
    case .nodes(let run, let first): item = .nodes(run, from: first)
    }
    if queues[location]?.isEmpty == true { queues[location] = nil } else { turns.append(location) }
    return Next(item: item, location: location)
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
