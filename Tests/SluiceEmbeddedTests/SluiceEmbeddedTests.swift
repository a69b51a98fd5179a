// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import Orchestrator
import SluiceEmbedded
import Synchronization
import Testing

@Suite("Sluice embedded")
struct SluiceEmbeddedTests {
  /// A till whose content a test sets.
  final class Till: Sendable {
    let amounts = Mutex([4, 7])
    let computed = Mutex(0)
  }

  struct Shop: CodeLocation {
    static let name = "shop"
    let till: Till

    init() { till = Till() }
    init(_ till: Till) { self.till = till }

    var definitions: Definitions {
      let till = till
      let orders = Asset("shop/orders") { _ in till.amounts.withLock { $0 } }
        .check("not below zero") { amounts, _ in amounts.allSatisfy { $0 >= 0 } ? .pass : .fail("below zero") }
        .shared(with: "books")
      let revenue = Asset("shop/revenue", from: orders) { amounts, _ in
        till.computed.withLock { $0 += 1 }
        return amounts.reduce(0, +)
      }
      orders
      revenue
    }
  }

  struct Books: CodeLocation {
    static let name = "books"
    static let largest = Asset("books/largest", from: Upstream<[Int]>("shop/orders")) { amounts, _ in amounts.max() ?? 0 }
    var definitions: Definitions { Self.largest }
  }

  @Test("a run in this process promotes every asset, and the gate is open")
  func success() async throws {
    try await withSluice(Shop()) { sluice in
      let run = try await sluice.materialize()
      let gate = try await sluice.gate(of: "shop/revenue")
      let current = try await sluice.current(of: "shop/revenue")
      #expect(run.outcome == .succeeded)
      #expect(gate.isOpen)
      #expect(current == 1)
    }
  }

  @Test("a location's session opens in a workspace that names it, however the two race", .timeLimit(.minutes(10)))
  func sessionsOpen() async throws {
    // A session that went unheard would leave the run waiting for an hour; it took some ten starts to meet one.
    for start in 1...200 {
      let outcome = try await withSluice(Shop()) { try await $0.materialize().outcome }
      #expect(outcome == .succeeded, "start \(start)")
    }
  }

  @Test("a failed check keeps the downstream from running, and current where it was")
  func failedCheck() async throws {
    let till = Till()
    try await withSluice(Shop(till)) { sluice in
      try await sluice.materialize()
      till.amounts.withLock { $0 = [-1] }
      let bad = try await sluice.materialize()
      #expect(bad.outcome == .failed)
      #expect(till.computed.withLock { $0 } == 1)
      let gate = try await sluice.gate(of: "shop/orders")
      let orders = AssetPartition(try AssetKey("shop/orders"))
      let current = try await sluice.current(of: "shop/orders")
      let revenue = try await sluice.materialize("shop/revenue")
      #expect(gate.reasons == [.rejected(VersionRef(orders, 2))])
      #expect(current == 1)
      #expect(revenue.outcome == .blocked)
    }
  }

  @Test("two locations in one process read each other by sharing only")
  func twoLocations() async throws {
    struct Greedy: CodeLocation {
      static let name = "greedy"
      static let secret = Asset("greedy/copy", from: Upstream<[Int]>("shop/orders")) { amounts, _ in amounts }
      var definitions: Definitions { Self.secret }
    }
    await #expect(throws: CommandError.self) {
      try await withSluice(Shop(), Greedy()) { _ in }
    }
  }

  @Test("the program's error comes through, and everything stops")
  func bodyThrows() async throws {
    struct Failure: Error {}
    await #expect(throws: Failure.self) {
      try await withSluice(Shop()) { _ in throw Failure() }
    }
  }
}
