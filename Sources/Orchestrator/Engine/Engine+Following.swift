// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What an engine does while another process leads its store: it answers queries from a copy of the state that trails the
/// journal, refuses commands, and returns once the lease may be taken.
extension Engine {
  /// The longest that a follower may not look at the store: a third of what a failover may take.
  static let followPeriod: Duration = .seconds(1)

  func follow(_ shared: any SharedJournal) async throws {
    guard let leader = try await shared.currentLeader() else { return }
    let glance = try await shared.glance()
    var follower = Follower(state: try await replay(glance).state, at: glance.position, policy: policy)
    try await catchUp(&follower)
    inbox.reopen()
    note(.following(leader))
    try await withThrowingDiscardingTaskGroup { group in
      defer { group.cancelAll() }
      group.addTask {
        while !Task.isCancelled {
          _ = await shared.waitForChange(timeout: Self.followPeriod)
          self.inbox.put(.commands([], answer: nil))
        }
      }
      while !Task.isCancelled {
        for item in await inbox.takeAll() { answer(item, follower, leader) }
        try await catchUp(&follower)
        guard let now = try await shared.currentLeader() else { return }
        if now != leader { return }
      }
    }
  }

  private func answer(_ item: Inbox.Item, _ follower: Follower, _ leader: String) {
    switch item {
    case .query(let answer): answer(.success(follower.core))
    case .commands(_, _, let answer):
      answer?(.failure(EngineError(.following, "this daemon follows, and \(leader) leads: ask that one")))
    }
  }

  private func catchUp(_ follower: inout Follower) async throws {
    while true {
      let page = try await journal.read(after: follower.position, limit: Self.replayPage)
      guard !page.isEmpty else { return }
      follower.take(page)
      watch.advance(to: follower.position)
      ends.ended(page.ended)
    }
  }
}

/// A copy of the leader's state, as far as it has been read.
private struct Follower {
  var core: Core
  private(set) var position: JournalPosition

  init(state: State, at position: JournalPosition, policy: CorePolicy) {
    core = Core(state, policy: policy)
    self.position = position
  }

  mutating func take(_ events: [StampedEvent]) {
    for event in events { core.state.evolve(event) }
    position += JournalPosition(events.count)
  }
}
