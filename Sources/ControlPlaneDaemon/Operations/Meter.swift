// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Orchestrator
import Synchronization

/// Counts what the engine makes durable, since the daemon's start.
package final class Meter: EngineObserver {
  struct Counts: Sendable {
    var plans = RunPlans()
    /// By location and outcome.
    var steps: [LocationName: [StepOutcome.Kind: UInt64]] = [:]
    var runs: [RunOutcome: UInt64] = [:]
    /// Versions that were promoted, or rejected and so closed a gate; by location.
    var promotions: [LocationName: UInt64] = [:]
    var closings: [LocationName: UInt64] = [:]
    var retries: [LocationName: UInt64] = [:]
    /// Ticks of schedules that launched a run, and those that launched nothing; those that were missed in between.
    var ticks: [LocationName: UInt64] = [:]
    var emptyTicks: [LocationName: UInt64] = [:]
    var skippedTicks: [LocationName: UInt64] = [:]
    var events: UInt64 = 0
    var appends = Histogram()
    /// How many callers waited for the next batch when the last one was durable.
    var waiting = 0
    var pauses: UInt64 = 0
    var isPaused = false
    var reigns: UInt64 = 0
  }

  private let content = Mutex(Counts())

  package init() {}

  var counts: Counts { content.withLock { $0 } }

  package func reignBegan(_ reign: Reign, on state: State) {
    content.withLock { counts in
      counts.reigns += 1
      counts.isPaused = false
      counts.plans = RunPlans(state)
    }
  }

  package func committed(_ events: [StampedEvent], through position: JournalPosition, latency: Duration, waiting: Int) {
    content.withLock { counts in
      counts.events += UInt64(events.count)
      counts.appends.observe(latency)
      counts.waiting = waiting
      for stamped in events { counts.count(stamped.event) }
    }
  }

  package func following(_ leader: String) { content.withLock { $0.isPaused = false } }

  /// The reason may change while the store is away; it is away once.
  package func paused(_ reason: String) {
    content.withLock { counts in
      if !counts.isPaused { counts.pauses += 1 }
      counts.isPaused = true
    }
  }
}

extension Meter.Counts {
  fileprivate mutating func count(_ event: Event) {
    switch event {
    case .stepFinished(let step, let outcome):
      if let location = plans.location(of: step) { steps[location, default: [:]][outcome.kind, default: 0] += 1 }
    case .promoted(_, let step, _, _, _): if let location = plans.location(of: step) { promotions[location, default: 0] += 1 }
    case .rejected(_, let step, _, _, _): if let location = plans.location(of: step) { closings[location, default: 0] += 1 }
    case .retryScheduled(let step, _): if let location = plans.location(of: step) { retries[location, default: 0] += 1 }
    case .scheduleTicked(let id, _, let skipped, let run, _):
      if run == nil { emptyTicks[id.location, default: 0] += 1 } else { ticks[id.location, default: 0] += 1 }
      skippedTicks[id.location, default: 0] &+= UInt64(clamping: skipped)
    case .runFinished(_, let outcome): runs[outcome, default: 0] += 1
    default: break
    }
    plans.follow(event)
  }
}
