// SPDX-License-Identifier: Apache-2.0

/// Something that happened, as the live stream tells it.
package struct LiveEvent: Hashable, Sendable, Codable {
  /// More may be added, so an unknown one is no decoding error.
  package struct Kind: RawRepresentable, Hashable, Sendable, Codable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let runStarted = Kind(rawValue: "run_started")
    package static let runEnded = Kind(rawValue: "run_ended")
    package static let stepGranted = Kind(rawValue: "step_granted")
    package static let stepStarted = Kind(rawValue: "step_started")
    /// An attempt ended without completing its step; another may follow.
    package static let attemptEnded = Kind(rawValue: "attempt_ended")
    package static let stepEnded = Kind(rawValue: "step_ended")
    package static let stepLog = Kind(rawValue: "step_log")
    package static let versionPromoted = Kind(rawValue: "version_promoted")
    package static let versionRejected = Kind(rawValue: "version_rejected")
    package static let versionDiscarded = Kind(rawValue: "version_discarded")
    package static let checkEvaluated = Kind(rawValue: "check_evaluated")
    package static let locationChanged = Kind(rawValue: "location_changed")
    package static let scheduleTicked = Kind(rawValue: "schedule_ticked")
    package static let workspaceReloaded = Kind(rawValue: "workspace_reloaded")
  }

  /// The event's place in the journal; give the last one back as `after`, and the stream goes on behind it.
  package let position: UInt64
  package let at: Instant
  package let kind: Kind
  package let run: UInt64?
  package let step: Int?
  /// The attempt at the step, 1 for the first.
  package let attempt: Int?
  package let location: String?
  package let asset: String?
  package let partition: String?
  /// The state that a run, step or attempt ended in, the outcome of a check, the level of a log line.
  package let state: String?
  package let message: String?

  package init(
    position: UInt64, at: Instant, kind: Kind, run: UInt64? = nil, step: Int? = nil, attempt: Int? = nil,
    location: String? = nil, asset: String? = nil, partition: String? = nil, state: String? = nil, message: String? = nil
  ) {
    self.position = position
    self.at = at
    self.kind = kind
    self.run = run
    self.step = step
    self.attempt = attempt
    self.location = location
    self.asset = asset
    self.partition = partition
    self.state = state
    self.message = message
  }
}
