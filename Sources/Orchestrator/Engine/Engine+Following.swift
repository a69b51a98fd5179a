// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What an engine does while another process leads its store: it answers queries from a copy of the state that trails the
/// journal, refuses commands, and returns once the lease may be taken.
extension Engine {
  /// The longest that a follower may not look at the store; it looks earlier where the lease ends earlier.
  public static let followPeriod: Duration = .seconds(1)
  /// How often a follower whose next events were pruned begins anew with a snapshot, before it waits as if the store were away.
  static let snapshotTries = 3

  /// How far this process is behind its leader; nil unless it follows.
  public var lag: FollowerLag? {
    guard case .following = status else { return nil }
    return trail.withLock { FollowerLag(events: $0.missing, age: .now - $0.levelAt) }
  }

  func follow(_ shared: any SharedJournal) async throws {
    var look = try await shared.look()
    guard var leader = look.leader else { return }
    var follower = Follower(try await takeReplica(shared), policy: policy)
    defer { replica.withLock { $0 = follower.replica } }
    watch.advance(to: follower.position)
    try await catchUp(&follower, to: look, shared)
    inbox.reopen()
    note(.following(leader))
    try await withThrowingDiscardingTaskGroup { group in
      defer { group.cancelAll() }
      group.addTask {
        while !Task.isCancelled {
          _ = await shared.waitForChange(timeout: self.trail.withLock { $0.nextLook })
          self.inbox.put(.commands([], answer: nil))
        }
      }
      while !Task.isCancelled {
        for item in await inbox.takeAll() { answer(item, follower, leader) }
        look = try await waiting { try await shared.look() }
        _ = reading()
        try await waiting { try await catchUp(&follower, to: look, shared) }
        guard let now = look.leader else { return }
        if now != leader { note(.following(now)) }
        leader = now
      }
    }
  }

  /// The error for who asks something of a follower that only a leader may do.
  public static func refusal(following leader: String) -> EngineError {
    EngineError(.following, "this daemon follows, and \(leader) leads: ask that one")
  }

  private func answer(_ item: Inbox.Item, _ follower: Follower, _ leader: String) {
    switch item {
    case .query(let answer): answer(.success(follower.core))
    case .commands(_, _, let answer): answer?(.failure(Self.refusal(following: leader)))
    case .due, .appended, .returned: break
    }
  }

  /// What was kept when this process last followed, or a snapshot with what comes after it.
  private func takeReplica(_ shared: any SharedJournal) async throws -> Replica {
    let kept = replica.withLock { $0.take() }
    let glance = try await shared.glance()
    if let kept, kept.continues(in: glance) { return kept }
    return try await readReplica(shared)
  }

  /// Begins anew with a snapshot. Its leader may save others and prune meanwhile: then it is done again.
  private func readReplica(_ shared: any SharedJournal) async throws -> Replica {
    var tries = 0
    while true {
      tries += 1
      do {
        // The look at the journal comes second: a snapshot is never beyond it.
        let reading = try await journal.snapshot()
        let glance = try await shared.glance()
        return try await replay(reading, glance)
      } catch let error as JournalError where error.code == .pruned || error.code == .damaged {
        guard tries < Self.snapshotTries else { throw error }
        try Task.checkCancellation()
      }
    }
  }

  private func catchUp(_ follower: inout Follower, to look: LeadershipLook, _ shared: any SharedJournal) async throws {
    trail.withLock { trail in
      trail.nextLook = max(.zero, min(Self.followPeriod, look.remaining))
      trail.missing = look.position - min(look.position, follower.position)
    }
    do {
      while true {
        let page = try await journal.read(after: follower.position, limit: Self.replayPage)
        guard !page.isEmpty else { break }
        follower.take(page)
        if let last = page.last { time.withLock { $0.note(last.at) } }
        trail.withLock { $0.missing -= min($0.missing, UInt64(page.count)) }
        watch.advance(to: follower.position)
        ends.ended(page.ended)
      }
    } catch let error as JournalError where error.code == .pruned {
      observer?.upkeep(.followerBehind("\(error)"))
      follower = Follower(try await readReplica(shared), policy: policy)
      watch.advance(to: follower.position)
      // Nobody knows which runs ended among the events that were left out.
      ends.everyone()
    }
    trail.withLock { $0.isLevel() }
  }
}

/// A state with the position up to which it was read; a reign may begin with it, or a follower.
struct Replica: Sendable {
  var state: State
  var position: JournalPosition
  /// The position of the snapshot that it began with; 0 for none.
  let snapshot: JournalPosition

  /// Whether what follows it is all there in a journal, which is the same one.
  func continues(in opening: JournalOpening) -> Bool {
    state.incarnation == opening.incarnation && opening.beginning <= position && position <= opening.position
  }
}

/// A copy of the leader's state that trails the journal.
private struct Follower {
  private(set) var core: Core
  private(set) var position: JournalPosition
  private let snapshot: JournalPosition

  init(_ replica: Replica, policy: CorePolicy) {
    core = Core(replica.state, policy: policy)
    position = replica.position
    snapshot = replica.snapshot
  }

  var replica: Replica { Replica(state: core.state, position: position, snapshot: snapshot) }

  mutating func take(_ events: [StampedEvent]) {
    for event in events { core.state.evolve(event) }
    position += JournalPosition(events.count)
  }
}

/// How a follower keeps up.
struct Trail: Sendable {
  var levelAt = ContinuousClock.now
  var missing: UInt64 = 0
  var nextLook = Engine.followPeriod

  mutating func isLevel() {
    levelAt = .now
    missing = 0
  }
}
