// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Synchronization

/// How many may do something at once; who comes later waits, in the order of coming, until cancelled.
package final class Permits: Sendable {
  private struct Waiter {
    let number: UInt64
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct Content {
    var free: Int
    var waiting: Deque<Waiter> = []
    var last: UInt64 = 0
  }

  private let content: Mutex<Content>
  private let mostWaiting: Int

  /// - Parameter mostWaiting: how many may wait; further ones are refused.
  package init(_ count: Int, mostWaiting: Int = .max) {
    content = Mutex(Content(free: count))
    self.mostWaiting = mostWaiting
  }

  /// How many wait.
  package var waiting: Int { content.withLock { $0.waiting.count } }

  /// Does something with a permit.
  ///
  /// - Throws: `CancellationError` where the task is cancelled before it has one, ``TooManyWaiting``, and what `body` throws.
  package func holding<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await take()
    defer { giveBack() }
    return try await body()
  }

  private func take() async throws {
    let number = content.withLock { content in
      content.last += 1
      return content.last
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        if let answer = answer(to: Waiter(number: number, continuation: continuation)) { continuation.resume(with: answer) }
      }
    } onCancel: {
      leave(number)
    }
  }

  /// What is said at once; nil for who has to wait.
  private func answer(to waiter: Waiter) -> Result<Void, any Error>? {
    content.withLock { content in
      // A cancellation that comes later finds it among those who wait.
      if Task.isCancelled { return .failure(CancellationError()) }
      if content.free > 0 {
        content.free -= 1
        return .success(())
      }
      guard content.waiting.count < mostWaiting else { return .failure(TooManyWaiting(most: mostWaiting)) }
      content.waiting.append(waiter)
      return nil
    }
  }

  private func leave(_ number: UInt64) {
    let waiter = content.withLock { content in
      content.waiting.firstIndex { $0.number == number }.map { content.waiting.remove(at: $0) }
    }
    waiter?.continuation.resume(throwing: CancellationError())
  }

  private func giveBack() {
    let next = content.withLock { content in
      let next = content.waiting.popFirst()
      if next == nil { content.free += 1 }
      return next
    }
    next?.continuation.resume()
  }
}

/// As many wait for a permit as may.
package struct TooManyWaiting: Error, Hashable, Sendable {
  package let most: Int
}
