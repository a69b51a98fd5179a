// SPDX-License-Identifier: Apache-2.0

/// What became of a partition. Each counts once: by its newest settled version, and without one by its latest step.
package enum PartitionState: String, Hashable, Sendable, Codable, CaseIterable {
  /// Its newest settled version was promoted.
  case promoted
  /// Its newest settled version was rejected.
  case rejected
  /// Nothing settled yet, and a step is in flight or waits.
  case running
  /// Nothing settled yet, and the latest step failed.
  case failed
  /// Nothing settled yet, and the latest step was blocked.
  case blocked
  /// Nothing settled yet, and no step tells of it.
  case missing
}

/// How many partitions of an asset are in each state; the counts sum to `total`, which is 1 for an unpartitioned asset.
package struct PartitionCounts: Hashable, Sendable, Codable {
  package let total: Int
  package let promoted: Int
  package let rejected: Int
  package let running: Int
  package let failed: Int
  package let blocked: Int
  package let missing: Int

  package init(
    promoted: Int = 0, rejected: Int = 0, running: Int = 0, failed: Int = 0, blocked: Int = 0, missing: Int = 0
  ) {
    total = promoted + rejected + running + failed + blocked + missing
    self.promoted = promoted
    self.rejected = rejected
    self.running = running
    self.failed = failed
    self.blocked = blocked
    self.missing = missing
  }

  /// How many are in a state.
  package subscript(state: PartitionState) -> Int {
    switch state {
    case .promoted: promoted
    case .rejected: rejected
    case .running: running
    case .failed: failed
    case .blocked: blocked
    case .missing: missing
    }
  }
}

/// One partition of an asset.
package struct PartitionSummary: Hashable, Sendable, Codable {
  /// Empty for the only partition of an unpartitioned asset.
  package let partition: String
  package let state: PartitionState
  package let gateOpen: Bool
  /// The newest settled version.
  package let version: UInt32?
  /// The last promoted version: what consumers read.
  package let current: UInt32?
  /// The run that touched it last.
  package let run: UInt64?
  package let updatedAt: Instant?

  package init(
    partition: String, state: PartitionState, gateOpen: Bool, version: UInt32? = nil, current: UInt32? = nil,
    run: UInt64? = nil, updatedAt: Instant? = nil
  ) {
    self.partition = partition
    self.state = state
    self.gateOpen = gateOpen
    self.version = version
    self.current = current
    self.run = run
    self.updatedAt = updatedAt
  }
}
