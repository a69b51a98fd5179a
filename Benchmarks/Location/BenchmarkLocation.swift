// SPDX-License-Identifier: Apache-2.0

import AssetKit
import CodeLocationHost
import Foundation

/// A location of assets that do nothing, in the shape and number that its environment asks for.
///
/// `BENCHMARK_SHAPE` is `plain` (no dependencies), `chain` (each reads the one before), `wide` (`BENCHMARK_WIDTH` chains side by
/// side) or `checked` (`BENCHMARK_CHECKS` blocking checks each); `BENCHMARK_ASSETS` says how many, and `BENCHMARK_NAME` the
/// location's name.
@main
struct Benchmark: CodeLocation {
  static let name = environment("BENCHMARK_NAME") ?? "bench"

  /// Read once: each reading copies the whole environment.
  private static let settings = ProcessInfo.processInfo.environment

  private static func environment(_ name: String) -> String? { settings[name] }

  private static func number(_ name: String, default value: Int) -> Int { environment(name).flatMap(Int.init) ?? value }

  private static let count = number("BENCHMARK_ASSETS", default: 1_000)

  /// How many checks each asset has.
  private static let checks = environment("BENCHMARK_SHAPE") == "checked" ? number("BENCHMARK_CHECKS", default: 3) : 0

  /// How many assets lie between one and the one that it reads; nil where it reads none.
  private static let distance: Int? =
    switch environment("BENCHMARK_SHAPE") {
    case "chain": 1
    case "wide": number("BENCHMARK_WIDTH", default: 50)
    default: nil
    }

  var definitions: Definitions {
    for index in 0..<Self.count { Self.asset(index) }
  }

  private static func key(_ index: Int) -> String { "\(name)/a\(index)" }

  private static func asset(_ index: Int) -> Asset<Elsewhere> {
    guard let distance, index >= distance else { return checked(Asset(key(index)) { _ in Elsewhere() }) }
    return Asset(key(index), from: Upstream<Elsewhere>(key(index - distance))) { _, _ in Elsewhere() }
  }

  private static func checked(_ asset: Asset<Elsewhere>) -> Asset<Elsewhere> {
    (0..<checks).reduce(asset) { asset, index in asset.check("check \(index)") { _, _ in .pass } }
  }
}
