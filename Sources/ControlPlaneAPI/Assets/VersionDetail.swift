// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// One materialization of one partition, with what it was made from.
package struct VersionDetail: Hashable, Sendable, Codable {
  package let asset: String
  package let partition: String
  package let number: UInt32
  /// `staged`, `promoted`, `rejected` or `discarded`.
  package let state: String
  /// Whether consumers read it.
  package let current: Bool
  package let run: UInt64
  package let attempt: Int
  package let at: Instant
  package let metadata: Metadata
  package let locator: Locator?
  /// The first ``APILimits/inputsPerVersion`` versions that it was made from.
  package let inputs: [Input]
  /// How many more there are.
  package let omitted: Int

  package init(
    asset: String, partition: String, number: UInt32, state: String, current: Bool, run: UInt64, attempt: Int, at: Instant,
    metadata: Metadata = [:], locator: Locator? = nil, inputs: [Input] = [], omitted: Int = 0
  ) {
    self.asset = asset
    self.partition = partition
    self.number = number
    self.state = state
    self.current = current
    self.run = run
    self.attempt = attempt
    self.at = at
    self.metadata = metadata
    self.locator = locator
    self.inputs = inputs
    self.omitted = omitted
  }

  /// A version that another was made from.
  package struct Input: Hashable, Sendable, Codable {
    package let asset: String
    package let partition: String
    package let version: UInt32
    /// `gated` or `lastKnownGood`.
    package let binding: String

    package init(asset: String, partition: String, version: UInt32, binding: String) {
      self.asset = asset
      self.partition = partition
      self.version = version
      self.binding = binding
    }
  }
}
