// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import NIOCore
import Orchestrator
import Synchronization

/// What live streams are made from: pages of events, and pages of the text that tells them, each made once for all streams.
final class FeedPages: Sendable {
  let events: SharedPages<EventPage>
  let texts: SharedPages<TextPage>

  init(_ engine: Engine, _ limits: HTTPLimits) {
    let events = SharedPages<EventPage>(limits.ofEventPages) { position in
      EventPage(after: position, events: try await engine.journaled(after: position, limit: limits.pageEvents))
    }
    self.events = events
    let teller = Teller()
    texts = SharedPages(limits) { position in
      try await teller.tell(try await events.page(after: position), after: position, engine.history, limits)
    }
  }
}

extension HTTPLimits {
  /// Those of pages whose bytes are not known: few are kept.
  fileprivate var ofEventPages: HTTPLimits {
    var limits = self
    limits.keptPages = min(keptPages, 4)
    return limits
  }
}

/// Events in a row.
struct EventPage: JournalPage {
  let after: JournalPosition
  let events: [StampedEvent]

  var end: JournalPosition { after + JournalPosition(events.count) }
  /// Not known; how many events there are is bounded where they are read.
  var bytes: Int { 0 }

  /// Those behind a position that the page holds, each with its own.
  func events(after position: JournalPosition) -> [(position: JournalPosition, event: StampedEvent)] {
    let first = position > after ? Int(min(position - after, JournalPosition(events.count))) : 0
    return events.indices.dropFirst(first).map { (after + JournalPosition($0) + 1, events[$0]) }
  }
}

/// Events in a row as the server-sent events that tell them.
struct TextPage: JournalPage {
  let after: JournalPosition
  private let text: ByteBuffer
  /// Where the text of each event ends.
  private let ends: [Int]

  init(after: JournalPosition, text: ByteBuffer, ends: [Int]) {
    self.after = after
    self.text = text
    self.ends = ends
  }

  var end: JournalPosition { after + JournalPosition(ends.count) }
  var bytes: Int { text.readableBytes }

  /// The text of the events behind a position that the page holds; it shares the page's memory.
  func text(after position: JournalPosition) -> ByteBuffer {
    let told = position > after ? Int(min(position - after, JournalPosition(ends.count))) : 0
    let start = told > 0 ? ends[told - 1] : 0
    return text.getSlice(at: text.readerIndex + start, length: text.readableBytes - start) ?? ByteBuffer()
  }
}

/// Makes pages of text; knows what the steps of the newest page are about, so that the next one need not ask.
private final class Teller: Sendable {
  private let known = Mutex<(end: JournalPosition, events: LiveEvents)?>(nil)

  func tell(
    _ page: EventPage, after position: JournalPosition, _ history: any History, _ limits: HTTPLimits
  ) async throws -> TextPage {
    var live = take(position)
    var text = ByteBuffer()
    var ends: [Int] = []
    for (position, stamped) in page.events(after: position) {
      for event in try await live.retell(stamped, position: position, history: history) {
        text.writeString(try event.cut(to: limits.messageBytes).serverSentEvent())
      }
      ends.append(text.readableBytes)
      if text.readableBytes >= limits.pageBytes { break }
    }
    let result = TextPage(after: position, text: text, ends: ends)
    put(live, result.end)
    return result
  }

  private func take(_ position: JournalPosition) -> LiveEvents {
    known.withLock { known in
      guard let held = known, held.end == position else { return LiveEvents(run: nil) }
      known = nil
      return held.events
    }
  }

  private func put(_ events: LiveEvents, _ end: JournalPosition) {
    known.withLock { known in if known.map({ $0.end <= end }) ?? true { known = (end, events) } }
  }
}

extension LiveEvent {
  /// The event with no more than so many bytes of its message, and with how many it has.
  func cut(to limit: Int) -> LiveEvent {
    guard let message, message.utf8.count > limit else { return self }
    let beginning = String(decoding: message.utf8.prefix(limit), as: UTF8.self)
    return LiveEvent(
      position: position, at: at, kind: kind, run: run, step: step, attempt: attempt, location: location, asset: asset,
      partition: partition,
      state: state, message: "\(beginning)… (\(message.utf8.count) bytes)")
  }
}
