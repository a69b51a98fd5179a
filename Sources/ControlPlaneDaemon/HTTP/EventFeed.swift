// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Orchestrator
import ServiceLifecycle

/// One live stream: the journal's events from a position on, as server-sent events.
///
/// It ends behind the last event of its run, where it has one; with `event: end`, so that a client knows the end from a break.
/// A silent stream carries a comment now and then, so that a client that is gone shows as a failed write.
struct EventFeed: Sendable {
  private let engine: Engine
  private let run: RunID?
  private let position: UInt64

  private static let page = 1_000
  private static let keepAlive: Duration = .seconds(15)

  /// - Parameter position: nil for the present.
  init(queries: ControlPlaneQueries, run: UInt64?, after position: UInt64?) async throws {
    engine = queries.engine
    self.run = run.map { RunID($0) }
    if let run = self.run { _ = try await queries.summary(of: run) }
    self.position = position ?? engine.position
    // Asked before the answer begins, where it can still be refused.
    if let position { _ = try await engine.journaled(after: position, limit: 1) }
  }

  /// Writes until the run has ended, the task is cancelled, or a write fails.
  func write(_ send: (String) async throws -> Void) async throws {
    var events = LiveEvents(run: run)
    var position = position
    // At once, so that the client sees the answer's head.
    try await send(": stream\n\n")
    while true {
      if let run, try await isOver(run, position) { return try await send("event: end\ndata: {}\n\n") }
      let page: [StampedEvent]
      switch try await next(after: position) {
      case .events(let events): page = events
      // The stream breaks off, and who comes back behind it hears that the events are gone.
      case .pruned: return
      case .silence:
        try await send(": still here\n\n")
        continue
      // The stream breaks off, and its client comes back to the next daemon.
      case .shutdown: return
      }
      var text = ""
      for stamped in page {
        position += 1
        for event in try await events.retell(stamped, position: position, history: engine.history) {
          text += try event.serverSentEvent()
        }
      }
      if !text.isEmpty { try await send(text) }
    }
  }

  /// Whether the run has ended and everything about it has been told.
  private func isOver(_ run: RunID, _ position: UInt64) async throws -> Bool {
    let end = engine.position
    guard try await !engine.read({ $0.isUnfinished(run) }) else { return false }
    return position >= end
  }

  private enum Next: Sendable {
    case events([StampedEvent])
    case silence
    case pruned
    case shutdown
  }

  /// What comes next: events, a while without any, or the end of the daemon, which does not wait for streams.
  private func next(after position: UInt64) async throws -> Next {
    try await withThrowingTaskGroup(of: Next.self) { tasks in
      tasks.addTask {
        do {
          return .events(try await engine.events(after: position, limit: Self.page))
        } catch let error as JournalError where error.code == .pruned {
          return .pruned
        }
      }
      tasks.addTask {
        try await Task.sleep(for: Self.keepAlive)
        return .silence
      }
      tasks.addTask {
        try await gracefulShutdown()
        return .shutdown
      }
      defer { tasks.cancelAll() }
      return try await tasks.next() ?? .silence
    }
  }
}
