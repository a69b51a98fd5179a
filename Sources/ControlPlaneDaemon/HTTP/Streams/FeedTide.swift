// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import ServiceLifecycle
import Synchronization

/// Wakes live streams together, so that all of them read the same page, and no more often than all of them can be served.
///
/// The engine knows one waiter, however many streams there are, and none while no stream waits.
final class FeedTide: Sendable {
  enum Wake: Sendable {
    /// There is news, or the reader is cancelled.
    case news
    /// There has been none for a while.
    case silence
    /// The daemon ends, and does not wait for streams.
    case shutdown
  }

  private struct Waiter {
    let after: JournalPosition
    let continuation: CheckedContinuation<Wake, Never>
  }

  private struct Content {
    var position: JournalPosition = 0
    var isClosed = false
    var waiters: [UInt64: Waiter] = [:]
    var nextID: UInt64 = 0
  }

  private let engine: Engine
  private let limits: HTTPLimits
  private let streams: @Sendable () -> Int
  private let content = Mutex(Content())
  /// Told that somebody waits.
  private let arrivals = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

  init(_ engine: Engine, _ limits: HTTPLimits, streams: @escaping @Sendable () -> Int) {
    self.engine = engine
    self.limits = limits
    self.streams = streams
  }

  /// Runs until cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        try? await gracefulShutdown()
        self.close()
      }
      group.addTask {
        while (try? await Task.sleep(for: self.limits.keepAlive)) != nil { self.wakeAll(.silence) }
      }
      group.addTask { await self.follow() }
    }
  }

  private func follow() async {
    for await _ in arrivals.stream {
      while !Task.isCancelled, let position = content.withLock({ $0.waiters.isEmpty ? nil : $0.position }) {
        await engine.grows(beyond: position)
        advance(to: engine.position)
        let pause = Duration.seconds(1) * streams() / limits.wakesPerSecond
        // A pause shorter than this would only delay what few streams are told.
        if pause >= .milliseconds(5) { try? await Task.sleep(for: pause) }
      }
    }
  }

  /// Waits for news beyond a position, for silence, or for the end.
  func wait(beyond position: JournalPosition) async -> Wake {
    let id = content.withLock { content in
      content.nextID += 1
      return content.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let wake: Wake? = content.withLock { content in
          if content.isClosed { return .shutdown }
          if content.position > position || Task.isCancelled { return .news }
          content.waiters[id] = Waiter(after: position, continuation: continuation)
          return nil
        }
        if let wake { continuation.resume(returning: wake) } else { arrivals.continuation.yield() }
      }
    } onCancel: {
      content.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: .news)
    }
  }

  private func advance(to position: JournalPosition) {
    let woken = content.withLock { content in
      content.position = position
      let ready = content.waiters.filter { $0.value.after < position }
      for id in ready.keys { content.waiters[id] = nil }
      return ready.values.map(\.continuation)
    }
    for continuation in woken { continuation.resume(returning: .news) }
  }

  private func close() {
    content.withLock { $0.isClosed = true }
    wakeAll(.shutdown)
  }

  private func wakeAll(_ wake: Wake) {
    let woken = content.withLock { content in
      defer { content.waiters.removeAll() }
      return content.waiters.values.map(\.continuation)
    }
    for continuation in woken { continuation.resume(returning: wake) }
  }
}
