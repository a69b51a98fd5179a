// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization

/// A wall clock that is set at will, and time that goes by when told to.
final class ScriptedClock: EngineClock {
  fileprivate struct Content {
    var wall = Timestamp(seconds: 1_767_225_600)
    var uptime: Duration = .zero
    var sleepers: [UInt64: (until: Duration, wake: CheckedContinuation<Void, Never>)] = [:]
    var watchers: [CheckedContinuation<Void, Never>] = []
    var count: UInt64 = 0
  }

  private let content = Mutex(Content())

  var now: Timestamp { content.withLock { $0.wall } }
  var uptime: Duration { content.withLock { $0.uptime } }

  /// Sets the wall clock forward, or back.
  func set(by step: Duration) { content.withLock { $0.wall = $0.wall + step } }

  /// Lets time go by, as soon as the engine waits for it.
  func advance(by duration: Duration) async {
    await isAwaited()
    let due = content.withLock { content in
      content.wall = content.wall + duration
      content.uptime += duration
      let due = content.sleepers.filter { $0.value.until <= content.uptime }
      for id in due.keys { content.sleepers[id] = nil }
      return due.values.map(\.wake)
    }
    for wake in due { wake.resume() }
  }

  func sleep(until uptime: Duration) async throws {
    let id = content.withLock { content in
      content.count += 1
      return content.count
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (isOver, watchers) = content.withLock { content in
          if Task.isCancelled || uptime <= content.uptime { return (true, [CheckedContinuation<Void, Never>]()) }
          content.sleepers[id] = (uptime, continuation)
          defer { content.watchers = [] }
          return (false, content.watchers)
        }
        if isOver { continuation.resume() }
        for watcher in watchers { watcher.resume() }
      }
    } onCancel: {
      content.withLock { $0.sleepers.removeValue(forKey: id) }?.wake.resume()
    }
    try Task.checkCancellation()
  }

  /// Returns once the engine's loop waits for time to go by; it is nobody else who waits for so short a time.
  private func isAwaited() async {
    while !content.withLock({ $0.isAwaited }) {
      await withCheckedContinuation { continuation in
        let isAwaited = content.withLock { content in
          if content.isAwaited { return true }
          content.watchers.append(continuation)
          return false
        }
        if isAwaited { continuation.resume() }
      }
    }
  }
}

extension ScriptedClock.Content {
  fileprivate var isAwaited: Bool { sleepers.values.contains { $0.until - uptime <= Engine.clockPeriod } }
}
