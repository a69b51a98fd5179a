// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Acts at instants that hardly ever come: one timer for all of them, since a sleeping task each would cost more than a step, and
/// leave its timer behind when it is cancelled.
package final class DeadlineKeeper: Sendable {
  /// Shared by every attempt of the process: it holds nothing but what is in flight.
  package static let shared = DeadlineKeeper()

  /// Of a clock that nobody sets, and that stands still while the machine is suspended: what was suspended with it is not late then.
  package typealias Instant = SuspendingClock.Instant

  private struct Content {
    var entries: [UInt64: (at: Instant, act: @Sendable () -> Void)] = [:]
    var nextID: UInt64 = 0
    /// When the timer fires; nil while it is not set.
    var wakesAt: Instant?
  }

  private let content = Mutex(Content())
  /// Unsafe in name only: Dispatch's objects may be used from any thread, and this one never changes.
  private nonisolated(unsafe) let timer: any DispatchSourceTimer

  package init() {
    timer = DispatchSource.makeTimerSource(queue: .global())
    timer.setEventHandler { [weak self] in self?.wake() }
    timer.activate()
  }

  deinit { timer.cancel() }

  /// Calls `act` at an instant, unless it is removed before; on no particular thread.
  package func add(at instant: Instant, _ act: @escaping @Sendable () -> Void) -> UInt64 {
    content.withLock { content in
      content.nextID += 1
      content.entries[content.nextID] = (instant, act)
      if content.wakesAt.map({ instant < $0 }) ?? true { set(instant, &content) }
      return content.nextID
    }
  }

  package func remove(_ ids: [UInt64]) {
    content.withLock { content in
      for id in ids { content.entries[id] = nil }
    }
  }

  private func set(_ instant: Instant, _ content: inout Content) {
    content.wakesAt = instant
    // Dispatch counts in whole nanoseconds, and knows nothing beyond some centuries.
    let delay = min(max(.zero, instant - .now), .seconds(86_400 * 3_650))
    timer.schedule(deadline: .now() + .nanoseconds(Int(delay / .nanoseconds(1))))
  }

  /// Acts on what is due, and sets the timer to what is next; removed entries have left nothing to act on.
  private func wake() {
    let due = content.withLock { content in
      let now = Instant.now
      let due = content.entries.filter { $0.value.at <= now }
      for id in due.keys { content.entries[id] = nil }
      content.wakesAt = nil
      if let next = content.entries.values.map(\.at).min() { set(next, &content) }
      return due.sorted { ($0.value.at, $0.key) < ($1.value.at, $1.key) }
    }
    for (_, entry) in due { entry.act() }
  }
}
