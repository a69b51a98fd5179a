// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How many may do something at once; who comes later waits, in the order of coming. A cancelled waiter keeps its place.
package final class Permits: Sendable {
  private struct Content {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let content: Mutex<Content>

  package init(_ count: Int) { content = Mutex(Content(free: count)) }

  /// Does something with a permit.
  package func holding<Value>(_ body: () async throws -> Value) async rethrows -> Value {
    await take()
    defer { giveBack() }
    return try await body()
  }

  private func take() async {
    await withCheckedContinuation { continuation in
      let isFree = content.withLock { content in
        guard content.free > 0 else {
          content.waiting.append(continuation)
          return false
        }
        content.free -= 1
        return true
      }
      if isFree { continuation.resume() }
    }
  }

  private func giveBack() {
    let next = content.withLock { content -> CheckedContinuation<Void, Never>? in
      if content.waiting.isEmpty {
        content.free += 1
        return nil
      }
      return content.waiting.removeFirst()
    }
    next?.resume()
  }
}
