// SPDX-License-Identifier: Apache-2.0

import AssetModel

extension MemoryTables {
  /// Removes what a policy does not keep of runs that ended before an instant.
  ///
  /// - Returns: How many runs lost their steps, and the launch of the oldest run that is left whole.
  mutating func prune(
    _ policy: RetentionPolicy, at now: Timestamp, before covered: Timestamp
  ) -> (runs: Int, cut: Timestamp?) {
    let horizon = min(covered, now + (.zero - policy.age))
    let finished = runOrder.filter { runs[$0]?.record.outcome != nil }
    let old = Set(finished.dropLast(max(0, policy.runs)))
    let chosen = finished.filter { id in
      guard let row = runs[id], !row.isPruned, let end = row.record.finishedAt else { return false }
      return end < horizon || (old.contains(id) && end < covered)
    }
    remove(Set(chosen))
    removeTicks(beyond: policy.ticks)
    let young = now + (.zero - policy.eventsOfUnfinished)
    let cut = runOrder.lazy.compactMap { [runs] in runs[$0] }.first { row in
      !row.isPruned && (row.record.outcome != nil || row.record.launchedAt >= young)
    }
    return (chosen.count, cut?.record.launchedAt)
  }

  private mutating func remove(_ chosen: Set<RunID>) {
    guard !chosen.isEmpty else { return }
    let latest = Set(latestSteps.values.flatMap(\.values))
    steps = steps.filter { !chosen.contains($0.key.run) || latest.contains($0.key) }
    for (target, known) in versions {
      for (number, record) in known where record.decision == .discarded && chosen.contains(record.step.run) {
        versions[target]?[number] = nil
        evaluations[record.version] = nil
      }
    }
    attempts = attempts.filter { !chosen.contains($0.key.run) }
    for id in chosen {
      logs[id] = nil
      runs[id]?.isPruned = true
      runs[id]?.record.selection.shorten(to: RetentionPolicy.selectionLength)
    }
  }
}

extension String {
  /// Counts scalars, as databases do.
  fileprivate mutating func shorten(to count: Int) {
    guard unicodeScalars.count > count else { return }
    self = String(unicodeScalars.prefix(count - 1)) + "…"
  }
}
