// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Logging
package import Orchestrator
import Synchronization

/// Tells in the log what becomes of runs and steps, with their ids.
///
/// Steps that succeed are told at level `debug`, so that a backfill does not flood the log; a location has a share of lines, so that
/// its failures do not, either: they are written on the engine's loop.
package final class EventLog: EngineObserver {
  private let log: LocationLog
  private let plans = Mutex(RunPlans())
  private let hasLed = Mutex(false)

  private var logger: Logger { log.logger }

  package init(_ log: LocationLog) { self.log = log }

  package func reignBegan(_ reign: Reign, on state: State) {
    plans.withLock { $0 = RunPlans(state) }
    hasLed.withLock { $0 = true }
    logger.info(
      "leading", metadata: ["epoch": .stringConvertible(reign.epoch), "incarnation": "\(reign.incarnation)"])
  }

  package func following(_ leader: String) {
    let hadLed = hasLed.withLock { led in
      defer { led = false }
      return led
    }
    let metadata: Logger.Metadata = ["leader": "\(leader)"]
    guard hadLed else { return logger.notice("following", metadata: metadata) }
    logger.warning("leadership lost: another daemon leads, and this one follows", metadata: metadata)
  }

  package func paused(_ reason: String) { logger.error("the store is away; scheduling waits", metadata: ["reason": "\(reason)"]) }

  package func upkeep(_ notice: UpkeepNotice) { notice.tell(logger) }

  package func committed(_ events: [StampedEvent], through position: JournalPosition, latency: Duration, waiting: Int) {
    plans.withLock { plans in
      for stamped in events {
        tell(stamped.event, plans, at: stamped.at)
        plans.follow(stamped.event)
      }
    }
    if let last = events.last { log.turn(to: last.at) }
  }

  private func tell(_ event: Event, _ plans: RunPlans, at now: Timestamp) {
    switch event {
    case .runLaunched(let plan):
      log.log(.info, "run launched", of: plan.origin.location, at: now) {
        ids(plan.id, plan.trace?.traceID).merging([
          "selection": "\(plan.selection.cut(toBytes: EventLogLimits.messageBytes, mark: "…"))",
          "steps": .stringConvertible(plan.stepCount),
        ]) { first, _ in first }
      }
    case .runFinished(let run, let outcome):
      log.log(.info, "run ended", of: plans.launcher(of: run), at: now) {
        ids(run, plans.trace(of: run)).merging(["outcome": "\(outcome.rawValue)"]) { first, _ in first }
      }
    case .stepFinished(let step, let outcome):
      log.log(outcome.logLevel, "step ended", of: plans.location(of: step), at: now) {
        ids(step, plans).merging(outcome.logMetadata) { first, _ in first }
      }
    case .rejected(let version, let step, _, let checks, _):
      log.log(.warning, "version rejected", of: plans.location(of: step), at: now) {
        ids(step, plans).merging(["version": "\(version)", "checks": .names(checks)]) { first, _ in first }
      }
    case .scheduleTicked(let id, let tick, let skipped, let run, let problem) where problem != nil || skipped > 0:
      log.log(problem == nil ? .notice : .warning, "schedule ticked", of: id.location, at: now) {
        var metadata: Logger.Metadata = [
          "location": .string(id.location.description), "schedule": .string(id.name), "tick": .stringConvertible(tick),
        ]
        if let run { metadata["run"] = .stringConvertible(run.number) }
        if let problem { metadata["problem"] = .string("no run: \(problem)") }
        if skipped > 0 { metadata["skipped"] = .stringConvertible(skipped) }
        return metadata
      }
    default: break
    }
  }

  private func ids(_ run: RunID, _ trace: TraceID?) -> Logger.Metadata {
    var metadata: Logger.Metadata = ["run": .stringConvertible(run.number)]
    if let trace { metadata["trace_id"] = .stringConvertible(trace) }
    return metadata
  }

  private func ids(_ step: StepID, _ plans: RunPlans) -> Logger.Metadata {
    var metadata = ids(step.run, plans.trace(of: step.run))
    metadata["step"] = .stringConvertible(step.ordinal)
    guard let planned = plans.step(step) else { return metadata }
    metadata["location"] = .string(planned.location.description)
    metadata["assets"] = .names(planned.outputs)
    if planned.partition != .only { metadata["partition"] = .string(planned.partition.description) }
    return metadata
  }
}

extension StepOutcome {
  fileprivate var logLevel: Logger.Level {
    switch kind {
    case .succeeded, .cancelled: .debug
    case .rejected, .blocked: .info
    case .failed: .warning
    }
  }

  fileprivate var logMetadata: Logger.Metadata {
    var metadata: Logger.Metadata = ["outcome": .string(kind.rawValue)]
    if case .failed(let failure) = self {
      metadata["failure"] = .string(failure.kind.rawValue)
      metadata["error"] = .string(failure.message.cut(toBytes: EventLogLimits.messageBytes, mark: "…"))
    }
    return metadata
  }
}

extension Logger.MetadataValue {
  /// The first names, and how many more there are.
  fileprivate static func names(_ all: [some CustomStringConvertible]) -> Self {
    let more = all.count - EventLogLimits.names
    let shown = all.prefix(EventLogLimits.names).map { Self.string($0.description) }
    return .array(more > 0 ? shown + [.string("and \(more) more")] : shown)
  }
}

extension RunOrigin {
  /// Whose schedule it is; nil for a launch by hand.
  var location: LocationName? {
    if case .schedule(let id, _) = self { id.location } else { nil }
  }
}

/// Several observers as one.
package struct Observers: EngineObserver {
  private let all: [any EngineObserver]

  package init(_ all: any EngineObserver...) { self.all = all }

  package func reignBegan(_ reign: Reign, on state: State) { for one in all { one.reignBegan(reign, on: state) } }
  package func following(_ leader: String) { for one in all { one.following(leader) } }
  package func paused(_ reason: String) { for one in all { one.paused(reason) } }
  package func upkeep(_ notice: UpkeepNotice) { for one in all { one.upkeep(notice) } }

  package func committed(_ events: [StampedEvent], through position: JournalPosition, latency: Duration, waiting: Int) {
    for one in all { one.committed(events, through: position, latency: latency, waiting: waiting) }
  }
}
