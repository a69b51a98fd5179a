// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// Tells followers how far the journal is durable; holds no events, so a slow follower costs nothing.
final class PositionWatch: Sendable {
  private struct Content {
    var position: JournalPosition = 0
    var waiters: [UInt64: (after: JournalPosition, continuation: CheckedContinuation<Void, Never>)] = [:]
    var nextID: UInt64 = 0
  }

  private let content = Mutex(Content())

  var position: JournalPosition { content.withLock { $0.position } }

  func advance(to position: JournalPosition) {
    let woken = content.withLock { content in
      content.position = position
      let ready = content.waiters.filter { $0.value.after < position }
      for id in ready.keys { content.waiters[id] = nil }
      return ready.values.map(\.continuation)
    }
    for continuation in woken { continuation.resume() }
  }

  /// Returns once the journal goes beyond a position, or the task is cancelled.
  func wait(beyond position: JournalPosition) async {
    let id = content.withLock { content in
      content.nextID += 1
      return content.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = content.withLock { content in
          if content.position > position || Task.isCancelled { return true }
          content.waiters[id] = (position, continuation)
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      content.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
    }
  }
}
