// SPDX-License-Identifier: Apache-2.0

/// A journal that several processes share: one of them leads, under a lease, and the others follow.
///
/// `open` takes the lease or throws ``JournalError`` with code `held`; an append of one that leads no more throws `fenced`. An append
/// without events writes nothing and fails where one with events would.
public protocol SharedJournal: Journal {
  /// What the store is now, without leading it.
  func glance() async throws -> JournalOpening

  /// Who leads, and how far the journal goes.
  func look() async throws -> LeadershipLook

  /// Waits until a leader has appended, begun or ended; false where none was heard of in time.
  func waitForChange(timeout: Duration) async -> Bool

  /// Whether a leader has reason to doubt that it still leads, or that the store can be written: its lease is another's, or could
  /// not be renewed for as long as it runs.
  var isLeadershipInDoubt: Bool { get }
}

/// What a follower sees when it looks at a shared journal.
public struct LeadershipLook: Hashable, Sendable {
  /// How the leader calls itself, for people; nil where nobody leads: the lease may be taken.
  public let leader: String?
  /// How long its lease still runs.
  public let remaining: Duration
  /// The position of the journal's last event.
  public let position: JournalPosition

  public init(leader: String?, remaining: Duration, position: JournalPosition) {
    self.leader = leader
    self.remaining = remaining
    self.position = position
  }
}

/// How far a follower is behind its leader.
public struct FollowerLag: Hashable, Sendable {
  /// Events that the journal had at the last look, and this process has not read.
  public let events: UInt64
  /// How long ago this process last had read everything.
  public let age: Duration
}
