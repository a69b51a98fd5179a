// SPDX-License-Identifier: Apache-2.0

/// What the daemon is and how it fares.
package struct DaemonStatus: Hashable, Sendable, Codable {
  package let version: String
  /// Whether this daemon leads its store, follows another that does, or waits for the store.
  package let role: Role
  /// How the daemon that leads calls itself, where this one follows.
  package let leader: String?
  /// The number of this daemon's reign over its store; it grows on each start.
  package let epoch: UInt64
  /// The random name of the store's life.
  package let incarnation: String
  package let startedAt: Instant
  package let dataDirectory: String
  package let workspace: String
  /// How many events the journal holds.
  package let position: UInt64
  package let runsInProgress: Int
  package let locations: [LocationCount]
  /// What is wrong just now, one line each: a workspace edit that was refused, a store that cannot be reached.
  package let problems: [String]

  /// What a daemon is to its store.
  package enum Role: String, Hashable, Sendable, Codable { case leading, following, waiting }

  /// How many locations are in a state.
  package struct LocationCount: Hashable, Sendable, Codable {
    package let state: LocationState
    package let count: Int

    package init(state: LocationState, count: Int) {
      self.state = state
      self.count = count
    }
  }

  package init(
    version: String, role: Role = .leading, leader: String? = nil, epoch: UInt64, incarnation: String, startedAt: Instant,
    dataDirectory: String, workspace: String,
    position: UInt64, runsInProgress: Int, locations: [LocationCount], problems: [String] = []
  ) {
    self.version = version
    self.role = role
    self.leader = leader
    self.epoch = epoch
    self.incarnation = incarnation
    self.startedAt = startedAt
    self.dataDirectory = dataDirectory
    self.workspace = workspace
    self.position = position
    self.runsInProgress = runsInProgress
    self.locations = locations
    self.problems = problems
  }
}
