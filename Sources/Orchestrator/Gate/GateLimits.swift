// SPDX-License-Identifier: Apache-2.0

/// How much one look at a step's gates may come to.
package enum GateLimits {
  /// Upstream partitions that one step reads, over all of its dependencies: a grant names each of them, and they are looked at in one
  /// piece before it.
  package static let inputsPerStep = 200_000
  /// Closed gates among which the roots are looked for that a blocked step names.
  static let closedGates = 1_000
  /// Other runs that are looked at, before a step is blocked, in one piece; what goes beyond was looked at bit by bit just before.
  static let otherRuns = 100_000
  /// Sets of passed checks of which it is remembered whether they cover an asset's blocking checks.
  static let rememberedSets = 100_000
}
