// SPDX-License-Identifier: Apache-2.0

/// What launches may cost others: what they come to is worked out beside the loop, in portions, or on it, a little at a time.
package enum LaunchLimits {
  /// How much is looked at on the loop, beyond the first, for launches of one request that are decided and appended together: assets in the
  /// workspace times clauses of a selection.
  package static let workTogether = 2_000
  /// How much is worked out beside the loop on one copy of the state, in assets, steps and dependencies that are looked at.
  package static let workBeside = 1_000_000
  /// How often a launch is worked out before it is refused, where the definitions are others each time.
  package static let preparations = 5
  /// Launch keys that are remembered; the oldest goes first.
  package static let clientKeys = 10_000
  /// Requests that wait until what they launch is worked out beside the loop.
  package static let waiting = 256
}
