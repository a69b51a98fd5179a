// SPDX-License-Identifier: Apache-2.0

/// How far an answer goes: what it is about grows with manifests, and whoever asks, asks often.
package enum QueryLimits {
  /// Questions that are answered at once on copies of the state, each of which may look at every asset; others wait.
  package static let questionsAtOnce = 4
  /// Questions that wait for that; further ones are refused.
  package static let waiting = 256
  /// Partitions that a list of assets looks at; of further assets nothing is said that depends on them.
  package static let partitionsPerAnswer = 5_000_000
  /// Partitions whose checks an answer counts; of further ones it says that there are more.
  package static let versionsPerAnswer = 100_000
  /// Upstreams of one location's definitions that nobody defines, and that are told.
  package static let unknownPerLocation = 100
  /// Dependencies of one location's definitions that are looked at for them.
  package static let dependenciesPerLocation = 200_000
  /// How long an answer about an asset waits for its location to say what its rows are made of.
  package static let columnsPatience: Duration = .seconds(2)
  /// Keys that nobody defines for which the answer says which may have been meant.
  package static let guesses = 10
  /// Closed partitions of an asset that one answer to `why` explains.
  package static let explainedPartitions = 20
  /// The newest versions of a partition among which those of a rejected step are looked for.
  package static let versionsLookedAt = 20
  /// Names of locations, or of definitions that were refused for one reason, that a line lists.
  package static let named = 5
}
