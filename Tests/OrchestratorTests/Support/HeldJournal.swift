// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization

/// A journal whose appends wait at a barrier, one after the other, and may be told to fail there.
final class HeldJournal: ForwardingJournal {
  private struct Content {
    var isHeld = false
    var waiting: [CheckedContinuation<Void, any Error>] = []
    var reached: [CheckedContinuation<Void, Never>] = []
    var batches: [[StampedEvent]] = []
  }

  let base = MemoryJournal(incarnation: Incarnation(7))
  private let content = Mutex(Content())

  func append(_ batch: JournalBatch) async throws {
    let isHeld = content.withLock { content in
      content.batches.append(batch.events)
      return content.isHeld
    }
    if isHeld {
      try await withCheckedThrowingContinuation { continuation in
        let reached = content.withLock { content in
          content.waiting.append(continuation)
          defer { content.reached = [] }
          return content.reached
        }
        for waiter in reached { waiter.resume() }
      }
    }
    try await base.append(batch)
  }

  /// The events of each batch that the engine has sent so far.
  var batches: [[StampedEvent]] { content.withLock(\.batches) }

  /// From now on appends wait.
  func hold() { content.withLock { $0.isHeld = true } }

  /// Returns once an append waits.
  func reachesAppend() async {
    await withCheckedContinuation { continuation in
      let isThere = content.withLock { content in
        if !content.waiting.isEmpty { return true }
        content.reached.append(continuation)
        return false
      }
      if isThere { continuation.resume() }
    }
  }

  /// Lets appends pass again; the one that waits fails where there is an error.
  func letGo(_ error: JournalError? = nil) {
    let waiting = content.withLock { content in
      content.isHeld = false
      defer { content.waiting = [] }
      return content.waiting
    }
    for waiter in waiting {
      if let error { waiter.resume(throwing: error) } else { waiter.resume() }
    }
  }
}
