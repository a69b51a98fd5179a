// SPDX-License-Identifier: Apache-2.0

import NIOConcurrencyHelpers

/// Lets tasks wait for a change of a host's state.
final class HostSignal: Sendable {
  private let listeners = NIOLockedValueBox(Listeners())

  private struct Listeners {
    var next: UInt64 = 0
    var all: [UInt64: AsyncStream<Void>.Continuation] = [:]
  }

  /// Makes everyone who waits look again.
  func raise() {
    for listener in listeners.withLockedValue({ Array($0.all.values) }) { listener.yield() }
  }

  /// Waits until a condition holds, which is looked at after each ``raise()``; or until the task is cancelled.
  ///
  /// - Returns: whether the condition holds.
  func wait(until condition: () -> Bool) async -> Bool {
    if condition() { return true }
    let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let ticket = listeners.withLockedValue { listeners in
      listeners.next += 1
      listeners.all[listeners.next] = continuation
      return listeners.next
    }
    defer { listeners.withLockedValue { $0.all[ticket] = nil } }
    // It may have come to hold before the registration.
    continuation.yield()
    for await _ in changes where condition() { return true }
    return false
  }
}
