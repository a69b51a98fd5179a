// SPDX-License-Identifier: Apache-2.0

import AssetKit

/// A location in this process whose assets do nothing, in chains side by side; without a width they do not depend on each other.
struct NoopLocation: CodeLocation {
  static let name = "bench"

  let count: Int
  let width: Int?

  init() { self.init(count: 1_000, width: nil) }

  init(count: Int, width: Int?) {
    self.count = count
    self.width = width
  }

  var definitions: Definitions {
    for index in 0..<count { asset(index) }
  }

  private func asset(_ index: Int) -> Asset<Elsewhere> {
    guard let width, index >= width else { return Asset("bench/a\(index)") { _ in Elsewhere() } }
    return Asset("bench/a\(index)", from: Upstream<Elsewhere>("bench/a\(index - width)")) { _, _ in Elsewhere() }
  }
}
