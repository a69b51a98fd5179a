// SPDX-License-Identifier: Apache-2.0
// A whole orchestrator in one process: assets, a check, and a gate that closes and opens.

import AssetKit
import SluiceEmbedded
import Synchronization

struct Order: Codable, Sendable {
  let item: String
  let euros: Int
}

/// What the shop's till says; a real program would ask a database.
let till = Mutex([Order(item: "tea", euros: 4), Order(item: "refund", euros: -900)])

struct Shop: CodeLocation {
  static let orders = Asset("shop/orders") { _ in till.withLock { $0 } }
    .check("no order below zero") { orders, _ in
      let bad = orders.filter { $0.euros < 0 }
      return bad.isEmpty ? .pass : .fail("\(bad.count) orders are below zero", ["items": .list(bad.map(\.item))])
    }
  static let revenue = Asset("shop/revenue", from: orders) { orders, _ in orders.map(\.euros).reduce(0, +) }

  var definitions: Definitions {
    Self.orders
    Self.revenue
  }
}

@main
struct Program {
  static func main() async throws {
    try await withSluice(Shop()) { sluice in
      print("run with a bad order:", try await sluice.materialize().outcome)
      print(try await sluice.gate(of: "shop/revenue").lines.joined(separator: "\n"))

      till.withLock { $0.removeAll { $0.euros < 0 } }
      print("run with the till mended:", try await sluice.materialize("shop/orders+").outcome)
      print(try await sluice.gate(of: "shop/revenue").lines.joined(separator: "\n"))
    }
  }
}
