// SPDX-License-Identifier: Apache-2.0

/// How many settled versions of an asset partition storage keeps; what is current is always kept.
public struct Retention: Hashable, Sendable {
  /// Promoted versions, the current one included.
  public let promoted: Int
  /// Rejected versions, for inspection.
  public let rejected: Int
  /// A promoted version is kept at least this long after a later one took its place, since runs may be bound to it.
  public let grace: Duration

  public init(promoted: Int = 5, rejected: Int = 5, grace: Duration = .seconds(86_400)) {
    self.promoted = max(1, promoted)
    self.rejected = max(0, rejected)
    self.grace = grace
  }
}
