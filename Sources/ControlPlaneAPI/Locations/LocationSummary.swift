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

/// What a location uses of what it may use.
package struct ShareUse: Hashable, Sendable, Codable {
  /// As `limits` of workspace.yaml names it: `steps_in_progress`, `log_bytes_per_day`, `detail_bytes_per_day`.
  package let name: String
  package let used: Int
  package let limit: Int

  package init(name: String, used: Int, limit: Int) {
    self.name = name
    self.used = used
    self.limit = limit
  }

  /// In percent of the limit, rounded down; what is used up is 100.
  package var percent: Int { used < limit ? Int(Double(used) / Double(limit) * 100) : 100 }
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
  /// What it uses of its shares; empty where the daemon that answers does not lead.
  package let shares: [ShareUse]

  package init(
    name: String, address: String, owns: [String], state: LocationState, detail: String? = nil, since: Instant? = nil,
    version: String? = nil, manifest: String? = nil, assets: Int, slots: Int? = nil, stepsInFlight: Int = 0,
    problems: [String] = [], refused: [RefusedCount] = [], shares: [ShareUse] = []
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
    self.shares = shares
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
