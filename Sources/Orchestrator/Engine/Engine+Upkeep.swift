// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What goes on beside the loop: snapshots and retention. Neither ever fails the reign.
extension Engine {
  /// Saves a snapshot; the caller has begun it at the desk.
  func save(_ snapshot: JournalSnapshot, _ desk: SnapshotDesk) async {
    let start = ContinuousClock.now
    defer { desk.finish(since: start) }
    do {
      try await journal.save(snapshot)
      observer?.upkeep(.snapshotSaved(snapshot.position))
    } catch {
      observer?.upkeep(.snapshotFailed("\(error)"))
    }
  }

  /// The next start should have little to replay.
  func saveAtStop(_ snapshot: JournalSnapshot, _ desk: SnapshotDesk) async {
    guard desk.begin(at: snapshot.position, atLeast: upkeep.snapshotAtStopAfter) else { return }
    // A task of its own, awaited here: the engine's is cancelled, and the store may heed that.
    await Task { await self.save(snapshot, desk) }.value
  }

  /// Prunes now and then, until cancelled.
  func prune() async {
    guard let retention = upkeep.retention else { return }
    var cautious = CautiousClock()
    _ = cautious.read(wall: clock.now, uptime: clock.uptime)
    while (try? await clock.sleep(until: clock.uptime + upkeep.pruningInterval)) != nil {
      do {
        let report = try await journal.prune(retention, at: cautious.read(wall: clock.now, uptime: clock.uptime))
        if report.runs > 0 || report.events > 0 { observer?.upkeep(.pruned(report)) }
      } catch {
        if !Task.isCancelled { observer?.upkeep(.pruningFailed("\(error)")) }
      }
    }
  }
}
