// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Logging
package import Orchestrator
import Synchronization

/// Tells in the log what becomes of runs and steps, with their ids.
///
/// Steps that succeed are told at level `debug`, so that a backfill does not flood the log.
package final class EventLog: EngineObserver {
  private let logger: Logger
  private let plans = Mutex(RunPlans())
  private let hasLed = Mutex(false)

  package init(_ logger: Logger) { self.logger = logger }

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
        tell(stamped.event, plans)
        plans.follow(stamped.event)
      }
    }
  }

  private func tell(_ event: Event, _ plans: RunPlans) {
    switch event {
    case .runLaunched(let plan):
      logger.info(
        "run launched",
        metadata: ids(plan.id, plan.trace?.traceID).merging([
          "selection": "\(plan.selection)", "steps": .stringConvertible(plan.stepCount),
        ]) { first, _ in first })
    case .runFinished(let run, let outcome):
      logger.info(
        "run ended",
        metadata: ids(run, plans.trace(of: run)).merging(["outcome": "\(outcome.rawValue)"]) { first, _ in first })
    case .stepFinished(let step, let outcome):
      logger.log(
        level: outcome.logLevel, "step ended",
        metadata: ids(step, plans).merging(outcome.logMetadata) { first, _ in first })
    case .rejected(let version, let step, _, let checks, _):
      logger.warning(
        "version rejected",
        metadata: ids(step, plans).merging([
          "version": "\(version)", "checks": .array(checks.map { .string($0.description) }),
        ]) { first, _ in first })
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
    metadata["assets"] = .array(planned.outputs.map { .string($0.description) })
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
      metadata["error"] = .string(failure.message)
    }
    return metadata
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
