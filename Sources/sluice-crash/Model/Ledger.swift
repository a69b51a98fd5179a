// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// What the daemon has acknowledged, and what it was asked.
final class Ledger: Sendable {
  struct Entry: Sendable {
    let order: Order
    /// Absent while no launch under the key was acknowledged.
    var run: UInt64?
    /// Whether the cancellation was ever asked for, acknowledged or not.
    var cancelAsked = false
    /// When the first acknowledgement of the cancellation had come.
    var cancelled: Date?
  }

  private let entries = Mutex<[String: Entry]>([:])

  var all: [Entry] { entries.withLock { $0.values.sorted { $0.order.key < $1.order.key } } }
  var acknowledged: [Entry] { all.filter { $0.run != nil } }
  var unanswered: [Order] { all.filter { $0.run == nil }.map(\.order) }
  var byRun: [UInt64: Entry] {
    Dictionary(acknowledged.compactMap { entry in entry.run.map { ($0, entry) } }) { first, _ in first }
  }

  func ask(_ order: Order) { entries.withLock { if $0[order.key] == nil { $0[order.key] = Entry(order: order) } } }
  func askCancel(_ key: String) { entries.withLock { $0[key]?.cancelAsked = true } }
  func cancelled(_ key: String) { entries.withLock { if $0[key]?.cancelled == nil { $0[key]?.cancelled = Date() } } }

  /// Writes an acknowledgement down.
  ///
  /// - Parameter created: whether the daemon says that the run is new.
  /// - Throws: ``Violation`` where the key was acknowledged with another run, or once more as new.
  func acknowledge(_ key: String, run: UInt64, created: Bool) throws {
    let earlier = entries.withLock { entries in
      let earlier = entries[key]?.run
      if earlier == nil { entries[key]?.run = run }
      return earlier
    }
    guard let earlier else { return }
    if earlier != run { throw Violation(.acknowledged, "'\(key)' was run \(earlier), and now is run \(run)") }
    if created { throw Violation(.acknowledged, "'\(key)' was acknowledged as run \(run), and was created once more") }
  }
}
