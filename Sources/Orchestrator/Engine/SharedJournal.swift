// SPDX-License-Identifier: Apache-2.0

/// A journal that several processes share: one of them leads, under a lease, and the others follow.
///
/// `open` takes the lease or throws ``JournalError`` with code `held`; an append of one that leads no more throws `fenced`.
public protocol SharedJournal: Journal {
  /// What the store is now, without leading it.
  func glance() async throws -> JournalOpening

  /// Who leads, for people; nil where nobody does: the lease may be taken.
  func currentLeader() async throws -> String?

  /// Waits until a leader has appended, begun or ended; false where none was heard of in time.
  func waitForChange(timeout: Duration) async -> Bool
}
