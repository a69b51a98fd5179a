// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import NIOCore
import Orchestrator

/// What all live streams of a server share.
struct FeedSource: Sendable {
  let engine: Engine
  let limits: HTTPLimits
  let tide: FeedTide
  let pages: FeedPages

  init(_ engine: Engine, _ ledger: ConnectionLedger) {
    self.engine = engine
    limits = ledger.limits
    tide = FeedTide(engine, limits) { ledger.streams }
    pages = FeedPages(engine, limits)
  }
}

/// One live stream: the journal's events from a position on, as server-sent events.
///
/// It ends behind the last event of its run, where it has one; with `event: end`, so that a client knows the end from a break.
/// A silent stream carries a comment now and then, so that a client that is gone shows as a failed write.
struct EventFeed: Sendable {
  typealias Send = (ByteBuffer) async throws -> Void

  private let source: FeedSource
  private let run: RunID?
  private let position: JournalPosition
  /// The stream's place among the others, given back when this value is gone.
  private let ticket: StreamTicket

  /// - Parameter position: nil for the present.
  init(
    _ source: FeedSource, _ queries: ControlPlaneQueries, run: UInt64?, after position: UInt64?, _ ticket: StreamTicket
  ) async throws {
    self.source = source
    self.ticket = ticket
    self.run = run.map { RunID($0) }
    // Before the run is looked at: one that ends meanwhile is told to its end.
    let present = source.engine.position
    if let run = self.run { _ = try await queries.summary(of: run) }
    self.position = position ?? present
    // Asked before the answer begins, where it can still be refused.
    if let position { try Self.check(position, source.engine) }
    if let position { _ = try await source.engine.journaled(after: position, limit: 1) }
  }

  /// A position that the journal has not reached comes from another one, as before a restore; what a follower has not read yet may come.
  private static func check(_ position: JournalPosition, _ engine: Engine) throws(APIError) {
    let end = engine.position
    guard position > end else { return }
    guard case .leading = engine.status else {
      throw APIError(
        .unavailable, "this daemon has read the journal up to event \(end), and the stream was to begin behind event \(position)",
        mend: "try again shortly, or ask the daemon that leads")
    }
    throw APIError(
      .gone, "there is no event \(position): this journal ends at event \(end)",
      mend: "read on from event \(end), or without 'after' from now on; after a restore events are numbered anew, and the "
        + "'incarnation' of /v1/status is another")
  }

  /// Writes until the run has ended, the task is cancelled, or a write fails.
  ///
  /// Where events were pruned meanwhile, or the daemon ends, the stream breaks off: its client comes back behind the last event, and
  /// hears what has become of those that follow, or goes to the next daemon.
  func write(_ send: Send) async throws {
    // At once, so that the client sees the answer's head.
    try await send(ByteBuffer(string: ": stream\n\n"))
    do {
      if let run { try await tell(run, send) } else { try await tellAll(send) }
    } catch let error as JournalError where error.code == .pruned {
      return
    }
  }

  private func tellAll(_ send: Send) async throws {
    var position = position
    while true {
      let page = try await source.pages.texts.page(after: position)
      if page.end > position {
        try await pass(on: page.text(after: position), send)
        position = page.end
        continue
      }
      guard try await waits(beyond: position, send) else { return }
    }
  }

  private func tell(_ run: RunID, _ send: Send) async throws {
    var events = LiveEvents(run: run)
    var position = position
    var isOver = try await hasEnded(run)
    while true {
      let page = try await source.pages.events.page(after: position)
      if page.end > position {
        if page.events(after: position).contains(where: { $0.event.event.ends(run) }) { isOver = true }
        try await tell(page, after: position, &events, send)
        position = page.end
        continue
      }
      if isOver, position >= source.engine.position { return try await send(ByteBuffer(string: "event: end\ndata: {}\n\n")) }
      guard try await waits(beyond: position, send) else { return }
      // Who asks for what comes behind the journal's end does not see the run's.
      if !isOver, position > source.engine.position { isOver = try await hasEnded(run) }
    }
  }

  private func tell(
    _ page: EventPage, after position: JournalPosition, _ events: inout LiveEvents, _ send: Send
  ) async throws {
    var text = ByteBuffer()
    for (position, stamped) in page.events(after: position) {
      for event in try await events.retell(stamped, position: position, history: source.engine.history) {
        text.writeString(try event.cut(to: source.limits.messageBytes).serverSentEvent())
      }
      guard text.readableBytes >= source.limits.piece else { continue }
      try await pass(on: text, send)
      text = ByteBuffer()
    }
    try await pass(on: text, send)
  }

  /// In pieces, so that what waits for a slow reader is bounded.
  private func pass(on text: ByteBuffer, _ send: Send) async throws {
    var text = text
    while text.readableBytes > 0, let piece = text.readSlice(length: min(text.readableBytes, source.limits.piece)) {
      try await send(piece)
    }
  }

  /// - Returns: Whether the stream goes on.
  private func waits(beyond position: JournalPosition, _ send: Send) async throws -> Bool {
    switch await source.tide.wait(beyond: position) {
    case .news: try Task.checkCancellation()
    case .silence: try await send(ByteBuffer(string: ": still here\n\n"))
    case .shutdown: return false
    }
    return true
  }

  private func hasEnded(_ run: RunID) async throws -> Bool { try await !source.engine.read { $0.isUnfinished(run) } }
}

extension Event {
  /// Whether it is the end of a run.
  fileprivate func ends(_ run: RunID) -> Bool {
    if case .runFinished(run, _) = self { true } else { false }
  }
}
