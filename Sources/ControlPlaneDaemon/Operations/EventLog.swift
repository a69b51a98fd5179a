// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Logging
package import Orchestrator
import Synchronization

/// Tells in the log what becomes of runs and steps, with their ids.
///
/// Steps that succeed are told at level `debug`, so that a backfill does not flood the log; a location has a share of lines, so that
/// its failures do not, either: they are written on the engine's loop.
package final class EventLog: EngineObserver {
  private let logger: Logger
  private let told = Mutex(Told())
  private let hasLed = Mutex(false)

  private struct Told {
    var plans = RunPlans()
    var shares = LineShares()
  }

  package init(_ logger: Logger) { self.logger = logger }

  package func reignBegan(_ reign: Reign, on state: State) {
    told.withLock { $0.plans = RunPlans(state) }
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
    told.withLock { told in
      for stamped in events {
        for (location, count) in told.shares.turn(to: stamped.at) { tellLeftOut(count, of: location) }
        if mayTell(stamped.event, &told) { tell(stamped.event, told.plans) }
        told.plans.follow(stamped.event)
      }
    }
  }

  private func tellLeftOut(_ count: Int, of location: LocationName) {
    logger.warning(
      "lines about a location were left out",
      metadata: [
        "location": .string(location.description), "lines": .stringConvertible(count),
        "limit": .stringConvertible(EventLogLimits.linesPerMinute),
      ])
  }

  /// Whether there is something to tell, and its location's share has room for it.
  private func mayTell(_ event: Event, _ told: inout Told) -> Bool {
    let (location, level): (LocationName?, Logger.Level)
    switch event {
    case .runLaunched(let plan): (location, level) = (plan.origin.location, .info)
    case .runFinished(let run, _): (location, level) = (told.plans.launcher(of: run), .info)
    case .stepFinished(let step, let outcome): (location, level) = (told.plans.location(of: step), outcome.logLevel)
    case .rejected(_, let step, _, _, _): (location, level) = (told.plans.location(of: step), .warning)
    default: return false
    }
    guard level >= logger.logLevel else { return false }
    return location.map { told.shares.take($0) } ?? true
  }

  private func tell(_ event: Event, _ plans: RunPlans) {
    switch event {
    case .runLaunched(let plan):
      logger.info(
        "run launched",
        metadata: ids(plan.id, plan.trace?.traceID).merging([
          "selection": "\(plan.selection.cut(toBytes: EventLogLimits.messageBytes, mark: "…"))",
          "steps": .stringConvertible(plan.stepCount),
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
          "version": "\(version)", "checks": .names(checks),
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
