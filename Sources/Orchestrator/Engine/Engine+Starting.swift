// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How an engine comes to the state that its journal tells of.
extension Engine {
  /// The state at the journal's end. What was read while this process followed need not be read again.
  func start(_ opening: JournalOpening) async throws -> Replica {
    let kept = replica.withLock { $0.take() }
    if let kept, kept.continues(in: opening) { return try await complete(kept, opening) }
    return try await replay(try await journal.snapshot(), opening)
  }

  /// The state at a journal's end, from a snapshot and what comes after it.
  func replay(_ reading: SnapshotReading, _ opening: JournalOpening) async throws -> Replica {
    for problem in reading.problems { observer?.upkeep(.snapshotIgnored(problem)) }
    let begin = reading.newest?.position ?? 0
    try check(reading, begin, opening)
    let state = reading.newest?.state ?? State(incarnation: opening.incarnation)
    return try await complete(Replica(state: state, position: begin, snapshot: begin), opening)
  }

  private func complete(_ begun: Replica, _ opening: JournalOpening) async throws -> Replica {
    var replica = begun
    while replica.position < opening.position {
      let page = try await journal.read(after: replica.position, limit: Self.replayPage)
      guard !page.isEmpty else {
        throw JournalError(
          .damaged, "the journal ends at \(replica.position), and should go on to \(opening.position)")
      }
      for event in page { replica.state.evolve(event) }
      replica.position += JournalPosition(page.count)
    }
    observer?.upkeep(.replayed(from: begun.position, to: replica.position))
    return replica
  }

  /// A journal whose first events are gone needs a snapshot that covers them; one that ends before its snapshot was cut.
  private func check(_ reading: SnapshotReading, _ begin: JournalPosition, _ opening: JournalOpening) throws {
    guard begin <= opening.position else {
      throw JournalError(
        .damaged,
        "the journal ends at event \(opening.position), and its snapshot was taken at event \(begin): the events between are lost; "
          + "keep the store as it is, and restore a backup into another")
    }
    guard begin >= opening.beginning else {
      let why = reading.problems.isEmpty ? "" : " (\(reading.problems.joined(separator: "; ")))"
      throw JournalError(
        .damaged,
        "the events up to \(opening.beginning) were pruned, and no snapshot that covers them can be read\(why): those after it are "
          + "good; keep the store as it is, and restore a backup into another")
    }
  }
}
