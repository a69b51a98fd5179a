// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// Wakes those who wait for a run's end, at a cost that depends on nobody else's waiting.
final class RunWatch: Sendable {
  private struct Content {
    var waiters: [RunID: [UInt64: CheckedContinuation<Void, Never>]] = [:]
    /// Those who registered and do not wait yet, with whether their run has ended since.
    var registered: [UInt64: (run: RunID, hasEnded: Bool)] = [:]
    var nextID: UInt64 = 0
  }

  private let content = Mutex(Content())

  /// Registers before the state is looked at, so that no end is missed between the look and the wait.
  func register(_ run: RunID) -> UInt64 {
    content.withLock { content in
      content.nextID += 1
      content.registered[content.nextID] = (run, false)
      return content.nextID
    }
  }

  func forget(_ id: UInt64) { content.withLock { _ = $0.registered.removeValue(forKey: id) } }

  /// Returns once the run has ended since the registration, or the task is cancelled; the registration is used up.
  func wait(_ id: UInt64) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = content.withLock { content in
          guard let (run, hasEnded) = content.registered.removeValue(forKey: id), !hasEnded, !Task.isCancelled else {
            return true
          }
          content.waiters[run, default: [:]][id] = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      let waiter = content.withLock { content in
        for run in content.waiters.keys {
          guard let found = content.waiters[run]?.removeValue(forKey: id) else { continue }
          if content.waiters[run]?.isEmpty == true { content.waiters[run] = nil }
          return found as CheckedContinuation<Void, Never>?
        }
        return nil
      }
      waiter?.resume()
    }
  }

  func ended(_ runs: [RunID]) {
    guard !runs.isEmpty else { return }
    wake { content in
      let ended = Set(runs)
      for (id, waiting) in content.registered where ended.contains(waiting.run) { content.registered[id]?.hasEnded = true }
      return runs.flatMap { content.waiters.removeValue(forKey: $0)?.values.map(\.self) ?? [] }
    }
  }

  /// Nobody knows what an append that failed has ended: everybody looks again.
  func everyone() {
    wake { content in
      for id in content.registered.keys { content.registered[id]?.hasEnded = true }
      defer { content.waiters = [:] }
      return content.waiters.values.flatMap(\.values)
    }
  }

  private func wake(_ take: (inout Content) -> [CheckedContinuation<Void, Never>]) {
    for waiter in content.withLock({ content in take(&content) }) { waiter.resume() }
  }
}
