// SPDX-License-Identifier: Apache-2.0

/// How the daemon stands with a location.
package enum LocationState: String, Hashable, Sendable, Codable, CaseIterable {
  /// The session is open.
  case connected
  /// The first connection, or one after a break, is being made.
  case connecting
  /// The last try failed; another follows.
  case unreachable
  /// Its server is going down and takes no new grants.
  case draining
  /// It is in the workspace no more; its steps in flight finish within their grace period.
  case removed
}

/// What of a location's messages came to nothing since the daemon leads.
package struct RefusedCount: Hashable, Sendable, Codable {
  /// Why, such as `log_line` or `unknown_attempt`; docs/limits.md explains each.
  package let reason: String
  package let count: UInt64

  package init(reason: String, count: UInt64) {
    self.reason = reason
    self.count = count
  }
}

/// A location of the workspace.
package struct LocationSummary: Hashable, Sendable, Codable {
  package let name: String
  package let address: String
  package let owns: [String]
  package let state: LocationState
  /// Why it is in that state, where it is not connected.
  package let detail: String?
  /// Since when it is in that state.
  package let since: Instant?
  /// The version that the team gave its build.
  package let version: String?
  /// The digest of the manifest in force.
  package let manifest: String?
  /// Assets of the manifest in force, refused ones left out.
  package let assets: Int
  package let slots: Int?
  package let stepsInFlight: Int
  /// Definitions that were refused, and manifests that could not be read: one line each, naming the mend.
  package let problems: [String]
  /// What it sent that was refused or dropped, by reason; only what happened.
  package let refused: [RefusedCount]

  package init(
    name: String, address: String, owns: [String], state: LocationState, detail: String? = nil, since: Instant? = nil,
    version: String? = nil, manifest: String? = nil, assets: Int, slots: Int? = nil, stepsInFlight: Int = 0,
    problems: [String] = [], refused: [RefusedCount] = []
  ) {
    self.name = name
    self.address = address
    self.owns = owns
    self.state = state
    self.detail = detail
    self.since = since
    self.version = version
    self.manifest = manifest
    self.assets = assets
    self.slots = slots
    self.stepsInFlight = stepsInFlight
    self.problems = problems
    self.refused = refused
  }
}

/// What a reload of the workspace changed, by location.
package struct ReloadResult: Hashable, Sendable, Codable {
  package let added: [String]
  package let removed: [String]
  package let changed: [String]

  package init(added: [String], removed: [String], changed: [String]) {
    self.added = added
    self.removed = removed
    self.changed = changed
  }
}
