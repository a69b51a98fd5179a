// SPDX-License-Identifier: Apache-2.0

/// What one end of a session has sent or is to send: numbered from 1, and kept until the other end acknowledges it.
///
/// Items lie in the order of their numbers: acknowledged ones are gone, then come those sent on the present stream, then those
/// still to be sent.
package struct Outbox<Item: Sendable & Weighed>: Sendable {
  /// Kept as a queue with a moving head: what lies before `head` is acknowledged, and dropped in bulk.
  private var items: [Item?] = []
  private var head = 0
  /// The highest acknowledged number.
  package private(set) var acknowledged: UInt64 = 0
  /// The highest number sent on the present stream.
  package private(set) var sent: UInt64 = 0

  package init() {}

  /// How many items wait for their acknowledgement, or to be sent.
  package var count: Int { items.count - head }
  /// The highest number that has been given.
  package var last: UInt64 { acknowledged + UInt64(count) }
  package var hasUnsent: Bool { sent < last }

  package mutating func append(_ item: Item) { items.append(item) }

  /// Takes as many of the next items as one message may hold, with the number of the first.
  package mutating func takeUnsent() -> (first: UInt64, items: [Item])? {
    guard sent < last else { return nil }
    var taken: [Item] = []
    var weight = 0
    for case let item? in items[(head + Int(sent - acknowledged))...].prefix(WireLimits.frameItems) {
      weight += item.weight
      if weight > WireLimits.frameBytes, !taken.isEmpty { break }
      taken.append(item)
    }
    defer { sent += UInt64(taken.count) }
    return (sent + 1, taken)
  }

  /// Drops everything up to a number, and returns it in order.
  ///
  /// A repeated or older acknowledgement drops nothing.
  ///
  /// - Throws: ``WireError`` where the number was never sent on this stream.
  package mutating func acknowledge(_ number: UInt64) throws(WireError) -> [Item] {
    guard number <= sent else {
      throw WireError(.outOfOrder, field: "acknowledged", "\(number) was never sent; the last was \(sent)")
    }
    guard number > acknowledged else { return [] }
    let end = head + Int(number - acknowledged)
    let gone = items[head..<end].compactMap(\.self)
    for index in head..<end { items[index] = nil }
    head = end
    acknowledged = number
    if head > 64, head * 2 > items.count { compact() }
    return gone
  }

  /// Begins a new stream of the same session, on which the other end has everything up to `received`.
  ///
  /// - Returns: false, and nothing happens, where that cannot be: the session cannot go on.
  package mutating func resume(received: UInt64) -> Bool {
    guard received >= acknowledged, received <= last else { return false }
    sent = received
    return true
  }

  /// Everything unacknowledged, in order.
  package var unacknowledged: [Item] { items[head...].compactMap(\.self) }

  /// Replaces unacknowledged items in place, keeping their numbers.
  package mutating func replace(_ change: (Item) -> Item?) {
    for index in head..<items.count {
      if let item = items[index], let changed = change(item) { items[index] = changed }
    }
  }

  private mutating func compact() {
    items.removeFirst(head)
    head = 0
  }
}
