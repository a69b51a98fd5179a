// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Whether the gate of an asset, or of one of its partitions, is open; if not, why.
package struct GateState: Hashable, Sendable, Codable {
  /// For a partitioned asset as a whole: whether the gate of every partition is.
  package let open: Bool
  /// Empty while the gate is open; at most ``APILimits/reasonsPerGate``.
  package let reasons: [GateReason]
  /// How many reasons were left out.
  package let omitted: Int

  package init(open: Bool, reasons: [GateReason] = [], omitted: Int = 0) {
    self.open = open
    self.reasons = reasons
    self.omitted = omitted
  }
}

/// Why a gate is closed. Reasons form a tree; a leaf is a root cause.
package struct GateReason: Hashable, Sendable, Codable {
  /// More may be added, so an unknown one is no decoding error.
  package struct Kind: RawRepresentable, Hashable, Sendable, Codable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// No version of the partition was ever settled; `because` says why, where something upstream is to blame.
    package static let neverMaterialized = Kind(rawValue: "never_materialized")
    /// The newest settled version was rejected by the check that the reason names.
    package static let rejected = Kind(rawValue: "rejected")
    /// The check is declared now and was never evaluated on the newest version.
    package static let unevaluated = Kind(rawValue: "unevaluated")
    /// The partition is required and the owner does not declare it.
    package static let noSuchPartition = Kind(rawValue: "no_such_partition")
    /// The owner is not in the workspace.
    package static let ownerAbsent = Kind(rawValue: "owner_absent")
    /// No location defines the asset.
    package static let unresolved = Kind(rawValue: "unresolved")
    /// The definition was refused; the message says why.
    package static let refused = Kind(rawValue: "refused")
    /// The last step for the partition failed.
    package static let stepFailed = Kind(rawValue: "step_failed")
    /// The last step for the partition was cancelled.
    package static let stepCancelled = Kind(rawValue: "step_cancelled")
    /// The last step for the partition was blocked by the gates in `because`.
    package static let blocked = Kind(rawValue: "blocked")
    /// A step for the partition is in flight, or waits for one that is.
    package static let inFlight = Kind(rawValue: "in_flight")
  }

  package let kind: Kind
  package let asset: String
  /// Empty for the only partition of an unpartitioned asset.
  package let partition: String
  /// The number of the version in question, where there is one.
  package let version: UInt32?
  /// The location that owns the asset: the team to ask.
  package let location: String?
  package let check: String?
  package let outcome: String?
  package let message: String?
  package let metadata: Metadata?
  package let run: UInt64?
  /// The command that continues from here, once the cause is mended.
  package let command: String?
  /// What this follows from; empty for a root cause.
  package let because: [GateReason]
  /// How many causes were left out of `because`.
  package let omitted: Int

  package init(
    _ kind: Kind, asset: String, partition: String = "", version: UInt32? = nil, location: String? = nil,
    check: String? = nil, outcome: String? = nil, message: String? = nil, metadata: Metadata? = nil, run: UInt64? = nil,
    command: String? = nil, because: [GateReason] = [], omitted: Int = 0
  ) {
    self.kind = kind
    self.asset = asset
    self.partition = partition
    self.version = version
    self.location = location
    self.check = check
    self.outcome = outcome
    self.message = message
    self.metadata = metadata
    self.run = run
    self.command = command
    self.because = because
    self.omitted = omitted
  }

  /// This reason with other causes, or another command.
  package func with(because: [GateReason]? = nil, command: String? = nil) -> GateReason {
    GateReason(
      kind, asset: asset, partition: partition, version: version, location: location, check: check, outcome: outcome,
      message: message, metadata: metadata, run: run, command: command ?? self.command, because: because ?? self.because,
      omitted: omitted)
  }
}

/// The answer to `why`: the gate of an asset or of one partition, down to the root.
package struct WhyReport: Hashable, Sendable, Codable {
  package let asset: String
  /// Absent where the question was about the whole asset.
  package let partition: String?
  package let location: String?
  package let gate: GateState
  /// What consumers read meanwhile, where the question was about one partition.
  package let current: UInt32?
  /// The command that continues, once the root causes are mended; absent while the gate is open.
  package let command: String?

  package init(
    asset: String, partition: String? = nil, location: String? = nil, gate: GateState, current: UInt32? = nil,
    command: String? = nil
  ) {
    self.asset = asset
    self.partition = partition
    self.location = location
    self.gate = gate
    self.current = current
    self.command = command
  }
}
