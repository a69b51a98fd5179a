// SPDX-License-Identifier: Apache-2.0

/// An attempt that a host lists when a session opens without a past (semantics 18).
public struct KnownAttempt: Hashable, Sendable, Codable {
  public let attempt: AttemptID
  /// Every report about it that the control plane has not acknowledged, in order; empty while it merely runs.
  public let reports: [StepReport]

  public init(attempt: AttemptID, reports: [StepReport]) {
    self.attempt = attempt
    self.reports = reports
  }
}

/// What a host is and has when a session opens.
public struct HostStatus: Hashable, Sendable, Codable {
  /// New on each start of the host.
  public let instance: String
  public let manifest: ManifestDigest
  /// How many attempts may be in flight at once.
  public let slots: Int
  public let attempts: [KnownAttempt]
  /// Versions that lie staged and unsettled in its stores.
  public let unsettled: [VersionID]
  public let isDraining: Bool
  /// How the process before this one ended, as whoever started both tells: `was ended by signal 4 (SIGILL)`, with its last lines.
  public let previousEnd: String?

  public init(
    instance: String, manifest: ManifestDigest, slots: Int, attempts: [KnownAttempt] = [], unsettled: [VersionID] = [],
    isDraining: Bool = false, previousEnd: String? = nil
  ) {
    self.instance = instance
    self.manifest = manifest
    self.slots = slots
    self.attempts = attempts
    self.unsettled = unsettled
    self.isDraining = isDraining
    self.previousEnd = previousEnd
  }
}
