// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// How often a location may have another manifest: each is built into the graph, and kept in the journal.
package struct ManifestBudget: Hashable, Sendable {
  /// How many may come one after the other, and how long it takes until one more may.
  package static let most = 20.0
  package static let interval: Duration = .seconds(30)
  /// Bytes that may come one after the other, and how many more each second.
  package static let mostBytes = Double(2 * Limits.manifestBytes)
  package static let bytesPerSecond = 10_000.0

  private var count = ManifestBudget.most
  private var bytes = ManifestBudget.mostBytes
  private var at: ContinuousClock.Instant

  package init(at now: ContinuousClock.Instant) { at = now }

  package mutating func admit(bytes size: Int, at now: ContinuousClock.Instant) -> Duration? {
    if now > at {
      let elapsed = now - at
      count = min(Self.most, count + elapsed / Self.interval)
      bytes = min(Self.mostBytes, bytes + Self.bytesPerSecond * (elapsed / .seconds(1)))
      at = now
    }
    guard count >= 1, bytes >= Double(size) else {
      let byCount = Self.interval * max(0, 1 - count)
      let byBytes = Duration.seconds(max(0, Double(size) - bytes) / Self.bytesPerSecond)
      return max(byCount, byBytes)
    }
    count -= 1
    bytes -= Double(size)
    return nil
  }
}
