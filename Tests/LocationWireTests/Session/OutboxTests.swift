// SPDX-License-Identifier: Apache-2.0

import AssetModel
import LocationWire
import Testing

@Suite struct OutboxTests {
  private func outbox(_ count: Int) -> Outbox<Command> {
    var outbox = Outbox<Command>()
    for number in 0..<count { outbox.append(.cancel(Samples.attempt(number + 1))) }
    return outbox
  }

  @Test func `items are numbered from one, sent once, and kept until acknowledged`() throws {
    var outbox = outbox(3)
    let sent = outbox.takeUnsent()
    #expect(sent?.first == 1)
    #expect(sent?.items.count == 3)
    let nothing = outbox.takeUnsent()
    #expect(nothing == nil)
    let gone = try outbox.acknowledge(2)
    #expect(gone.count == 2)
    let older = try outbox.acknowledge(1)
    #expect(older.isEmpty)
    #expect(outbox.unacknowledged == [.cancel(Samples.attempt(3))])
    outbox.append(.cancel(Samples.attempt(4)))
    let later = outbox.takeUnsent()
    #expect(later?.first == 4)
  }

  @Test func `an acknowledgement of what was never sent is refused`() {
    var outbox = outbox(3)
    #expect(throws: WireError.self) { try outbox.acknowledge(1) }
    _ = outbox.takeUnsent()
    #expect(throws: WireError.self) { try outbox.acknowledge(4) }
  }

  @Test func `after a break exactly what did not arrive is sent again`() throws {
    var outbox = outbox(5)
    _ = outbox.takeUnsent()
    _ = try outbox.acknowledge(1)
    let resumed = [0, 6, 3].map { outbox.resume(received: $0) }
    #expect(resumed == [false, false, true])
    let again = outbox.takeUnsent()
    #expect(again?.first == 4)
    #expect(again?.items == [.cancel(Samples.attempt(4)), .cancel(Samples.attempt(5))])
  }

  @Test func `a message holds a bounded number of items, and one large item goes alone`() {
    var many = outbox(WireLimits.frameItems + 1)
    let counts = (0..<3).map { _ in many.takeUnsent()?.items.count }
    #expect(counts == [WireLimits.frameItems, 1, nil])

    var large = Outbox<LocationEvent>()
    let text = String(repeating: "x", count: Limits.messageLength)
    let lines = Array(repeating: LogLine(at: Timestamp(seconds: 0), level: .info, message: text), count: 100)
    for _ in 0..<2 { large.append(.report(.logged(Samples.attempt(), lines: lines, dropped: 0))) }
    let largeCounts = (0..<3).map { _ in large.takeUnsent()?.items.count }
    #expect(largeCounts == [1, 1, nil])
  }

  @Test func `a long life keeps its count`() throws {
    var outbox = Outbox<Command>()
    for round in 0..<1_000 {
      for _ in 0..<10 { outbox.append(.cancel(Samples.attempt())) }
      while outbox.takeUnsent() != nil {}
      _ = try outbox.acknowledge(UInt64(round * 10 + 7))
      #expect(outbox.count == 3)
    }
    #expect(outbox.last == 10_000)
  }
}

@Suite struct InboxTests {
  @Test func `repeated items are dropped, overlapping ones once, and a gap is refused`() throws {
    var inbox = Inbox()
    var taken: [ArraySlice<String>] = []
    taken.append(try inbox.accept(first: 1, ["a", "b"]))
    taken.append(try inbox.accept(first: 1, ["a", "b"]))
    taken.append(try inbox.accept(first: 2, ["b", "c"]))
    #expect(throws: WireError.self) { try inbox.accept(first: 5, ["e"]) }
    #expect(throws: WireError.self) { try inbox.accept(first: 0, ["x"]) }
    taken.append(try inbox.accept(first: 4, ["d"]))
    #expect(taken == [["a", "b"], [], ["c"], ["d"]])
    #expect(inbox.received == 4)
  }
}
