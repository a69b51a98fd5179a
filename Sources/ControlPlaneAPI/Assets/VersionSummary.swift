// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// One materialization of one partition.
package struct VersionSummary: Hashable, Sendable, Codable {
  package let asset: String
  package let partition: String
  package let number: UInt32
  /// `staged`, `promoted`, `rejected` or `discarded`.
  package let state: String
  package let run: UInt64?
  package let at: Instant
  package let metadata: Metadata
  package let locator: Locator?

  package init(
    asset: String, partition: String, number: UInt32, state: String, run: UInt64? = nil, at: Instant,
    metadata: Metadata = [:], locator: Locator? = nil
  ) {
    self.asset = asset
    self.partition = partition
    self.number = number
    self.state = state
    self.run = run
    self.at = at
    self.metadata = metadata
    self.locator = locator
  }
}

/// The latest evaluation of a check on the newest version of a partition.
package struct CheckResult: Hashable, Sendable, Codable {
  package let asset: String
  package let partition: String
  package let version: UInt32
  package let check: String
  package let checkVersion: String?
  /// `block` or `warn`.
  package let severity: String
  /// `passed`, `failed`, `errored`, `timedOut` or `unevaluated`.
  package let outcome: String
  package let message: String?
  package let metadata: Metadata
  package let at: Instant?

  package init(
    asset: String, partition: String, version: UInt32, check: String, checkVersion: String? = nil, severity: String,
    outcome: String, message: String? = nil, metadata: Metadata = [:], at: Instant? = nil
  ) {
    self.asset = asset
    self.partition = partition
    self.version = version
    self.check = check
    self.checkVersion = checkVersion
    self.severity = severity
    self.outcome = outcome
    self.message = message
    self.metadata = metadata
    self.at = at
  }
}
