// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Listens to what a leader announces, and wakes who waits for it. An announcement carries nothing and may be lost: it only
/// spares waiting for the next look at the store.
final class ChangeListener: Sendable {
  static let channel = "sluice"

  private struct Content {
    /// Announcements heard, and how many of them a wait has returned for.
    var heard: UInt64 = 0
    var answered: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextID: UInt64 = 0
    /// Unstructured, because it serves every wait and outlives each; ended by `stop`.
    var listening: Task<Void, Never>?
  }

  /// How long a session may hear nothing before it is asked whether it still lives.
  private static let silence: Duration = .seconds(10)
  /// How soon it notices that it is to stop.
  private static let pause: Duration = .seconds(1)

  private let connector: Connector
  private let content = Mutex(Content())

  init(connector: Connector) { self.connector = connector }

  deinit { stop() }

  func stop() {
    content.withLock { content in
      content.listening?.cancel()
      content.listening = nil
    }
  }

  /// Returns true once something was announced since the wait before this one, and false after the timeout.
  func wait(atMost timeout: Duration) async -> Bool {
    start()
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.nextAnnouncement() }
      group.addTask { try? await Task.sleep(for: timeout) }
      await group.next()
      group.cancelAll()
      return self.content.withLock { content in
        defer { content.answered = content.heard }
        return content.heard > content.answered
      }
    }
  }

  private func nextAnnouncement() async {
    let id = content.withLock { content in
      content.nextID += 1
      return content.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = content.withLock { content in
          if content.heard > content.answered || Task.isCancelled { return true }
          content.waiters[id] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      content.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
  }

  private func announce() {
    let woken = content.withLock { content in
      content.heard += 1
      defer { content.waiters = [:] }
      return content.waiters.values.map { $0 }
    }
    for waiter in woken { waiter.resume() }
  }

  // MARK: Listening

  private func start() {
    content.withLock { content in
      guard content.listening == nil else { return }
      content.listening = Task { [weak self, connector] in
        var backoff = Backoff(connector.limits)
        while !Task.isCancelled {
          try? await Self.listen(connector) {
            backoff = Backoff(connector.limits)
            self?.announce()
          }
          // What is announced meanwhile is missed.
          self?.announce()
          try? await Task.sleep(for: backoff.delay())
        }
      }
    }
  }

  /// Reports each announcement, and first that one may have been missed before; until the connection breaks.
  private static func listen(_ connector: Connector, _ report: () -> Void) async throws {
    let connection = try await connector.connect()
    try await connection.run("LISTEN \(channel)", isPrepared: false)
    report()
    var silent: Duration = .zero
    while !Task.isCancelled {
      if try await connection.waitForNotification(within: pause) {
        report()
        silent = .zero
      } else {
        silent += pause
      }
      guard silent >= silence else { continue }
      try await connection.run("SELECT 1")
      silent = .zero
    }
  }
}
