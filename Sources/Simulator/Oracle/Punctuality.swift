// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// One clock for waiting: whatever happens to the wall clock, nothing stands still longer than it should, and nothing is over before.
///
/// It holds what the core means by running time against the time that really went by since the daemon's start.
struct Punctuality {
  /// By how much the two may differ: what ``RunningClock`` takes for a clock that is slewed.
  private static let slack: Duration = .seconds(2)

  private var start: (running: Timestamp, uptime: Duration)?

  /// - Throws: where running time does not run as time does, or an attempt is in flight beyond its deadline.
  mutating func check(_ core: Core, uptime: Duration, _ policy: CorePolicy) throws(Violation) {
    guard let start else {
      start = (core.running, uptime)
      return
    }
    let (counted, real) = (core.running - start.running, uptime - start.uptime)
    guard counted - real <= Self.slack, real - counted <= Self.slack else {
      throw Violation(.progress, "running time went on by \(counted), and \(real) went by")
    }
    guard core.isCaughtUp, core.nextWake.running.map({ $0 > core.running }) ?? true else { return }
    for run in core.state.runs.values {
      for active in run.active.values where active.grant.deadline + policy.fenceLeeway < core.running {
        throw Violation(
          .progress, "step \(active.grant.step) is in flight at \(core.running), and its deadline was \(active.grant.deadline)")
      }
    }
  }
}
