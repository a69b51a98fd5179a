// SPDX-License-Identifier: Apache-2.0

/// What is remembered of the checks of promoted versions, beside a few bytes a partition (semantics 28).
package enum CheckSetLimits {
  /// Distinct sets of passed or failed checks that one location's partitions and runs name. Of versions decided beyond them the
  /// blocking checks are remembered alone, and those that only warn count as failed.
  package static let setsPerLocation = 500_000
  /// Checks that are remembered of one version, over all redeploys; beyond them only those declared now.
  package static let checksPerVersion = 1_000
}
