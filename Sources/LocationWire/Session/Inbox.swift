// SPDX-License-Identifier: Apache-2.0

/// What one end of a session has received: each number once, in order.
package struct Inbox: Hashable, Sendable {
  /// The highest number received.
  package private(set) var received: UInt64 = 0

  package init() {}

  /// Takes numbered items, and returns those that are new; repeated ones are dropped.
  ///
  /// - Throws: ``WireError`` where a number was skipped: a stream keeps its order, so the other end has lost its count.
  package mutating func accept<Item>(first: UInt64, _ items: [Item]) throws(WireError) -> ArraySlice<Item> {
    guard first > 0, first <= received + 1 else {
      throw WireError(.outOfOrder, field: "first", "\(first) comes where at most \(received + 1) may")
    }
    let (end, overflow) = (first - 1).addingReportingOverflow(UInt64(items.count))
    guard !overflow else { throw WireError(.malformed, field: "first", "\(first) is out of range") }
    guard end > received else { return [] }
    let new = items.suffix(Int(end - received))
    received = end
    return new
  }
}
