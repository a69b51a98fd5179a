// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Acts at deadlines that hardly ever come: one sleeping task for all of them, since a task each would cost more than a step.
package final class DeadlineKeeper: Sendable {
  /// Shared by every attempt of the process: it holds nothing but what is in flight.
  package static let shared = DeadlineKeeper()

  package typealias Instant = ContinuousClock.Instant

  private struct Content {
    var entries: [UInt64: (at: Instant, act: @Sendable () -> Void)] = [:]
    var nextID: UInt64 = 0
    var sleeper: (until: Instant, task: Task<Void, Never>)?
  }

  private let content = Mutex(Content())

  package init() {}

  /// Calls `act` at an instant, unless it is removed before.
  package func add(at instant: Instant, _ act: @escaping @Sendable () -> Void) -> UInt64 {
    content.withLock { content in
      content.nextID += 1
      content.entries[content.nextID] = (instant, act)
      if content.sleeper.map({ instant < $0.until }) ?? true { sleep(until: instant, &content) }
      return content.nextID
    }
  }

  package func remove(_ ids: [UInt64]) {
    content.withLock { content in
      for id in ids { content.entries[id] = nil }
    }
  }

  private func sleep(until instant: Instant, _ content: inout Content) {
    content.sleeper?.task.cancel()
    let task = Task {
      guard (try? await Task.sleep(until: instant, clock: .continuous)) != nil else { return }
      wake()
    }
    content.sleeper = (instant, task)
  }

  /// Acts on what is due, and sleeps until what is next; removed entries have left nothing to act on.
  private func wake() {
    let due = content.withLock { content in
      let now = Instant.now
      let due = content.entries.filter { $0.value.at <= now }
      for id in due.keys { content.entries[id] = nil }
      content.sleeper = nil
      if let next = content.entries.values.map(\.at).min() { sleep(until: next, &content) }
      return due.sorted { ($0.value.at, $0.key) < ($1.value.at, $1.key) }
    }
    for (_, entry) in due { entry.act() }
  }
}
