// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Isolation: looks at every waiting step, without the agenda.
enum WorkConservation {
  /// - Throws: the first step that could be granted and is not.
  static func check(_ core: Core) throws(Violation) {
    // What one decision has no time for is looked at in the next, which is due at once.
    guard core.isCaughtUp else { return }
    let state = core.state
    let running = core.running
    let isTickDue = core.nextWake.running.map { $0 <= running } ?? false
    let idle = Set(state.locations.keys.filter { state.freeSlots(of: $0) > 0 })
    if idle.isEmpty { return }
    for run in state.runs.values {
      for (ordinal, step) in run.steps.enumerated() where step.phase == .waiting || step.phase == .retrying {
        if step.phase == .retrying, isTickDue || (run.retries[ordinal] ?? running) > running { continue }
        guard idle.contains(run.place(of: ordinal).node.location) else { continue }
        var cursor = ScanCursor()
        let readiness = Gate(state, at: core.now).readiness(of: ordinal, in: run, from: &cursor)
        if case .open = readiness {
          throw Violation(.isolation, "step \(run.id).\(ordinal) could be granted to a free slot, and is not")
        }
      }
    }
  }
}
