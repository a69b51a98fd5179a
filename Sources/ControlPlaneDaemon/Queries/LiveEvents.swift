// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI
package import Orchestrator

/// Retells the journal's events as the live stream does; remembers what the steps seen so far are about.
package struct LiveEvents {
  /// Only this run's, where given.
  let run: RunID?
  private var subjects: [StepID: StepSubject] = [:]

  /// How many steps are remembered; beyond it all are forgotten, and looked up again.
  private static let remembered = 100_000

  package init(run: RunID?) { self.run = run }

  /// What an event tells people, in order; nothing for those that only concern the machinery.
  package mutating func retell(_ stamped: StampedEvent, position: UInt64, history: any History) async throws -> [LiveEvent] {
    if let run, stamped.event.run != run { return [] }
    let teller = Teller(position: position, at: Instant(stamped.at))
    if case .stepGranted(let grant) = stamped.event { remember(grant) }
    guard let step = stamped.event.step else { return teller.tell(stamped.event, subject: nil) }
    let subject = try await subject(of: step, history)
    if case .stepFinished = stamped.event { subjects[step] = nil }
    return teller.tell(stamped.event, subject: subject)
  }

  private mutating func remember(_ grant: GrantRecord) {
    if subjects.count >= Self.remembered { subjects.removeAll() }
    subjects[grant.step] = StepSubject(grant.location, grant.outputs.map(\.asset), grant.partition)
  }

  private func subject(of step: StepID, _ history: any History) async throws -> StepSubject? {
    if let known = subjects[step] { return known }
    let record = try await history.steps(of: step.run, from: step.ordinal, limit: 1).first { $0.id == step }
    return record.map { StepSubject($0.location, $0.outputs, $0.partition) }
  }
}

/// What a step is about, as it is told to people.
struct StepSubject {
  let location: String
  /// In words, which all that is told of the step shares: a step may have many assets, and say many lines.
  let assets: String
  let partition: PartitionKey

  init(_ location: LocationName, _ assets: [AssetKey], _ partition: PartitionKey) {
    self.location = location.description
    let more = assets.count - APILimits.eventAssets
    self.assets =
      assets.prefix(APILimits.eventAssets).map(\.description).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    self.partition = partition
  }
}

/// Puts one event into the API's words.
private struct Teller {
  let position: UInt64
  let at: Instant

  func tell(_ event: Event, subject: StepSubject?) -> [LiveEvent] {
    switch event {
    case .runLaunched(let plan): [make(.runStarted, event, message: "\(plan.selection): \(plan.stepCount) steps")]
    case .runFinished(_, let outcome): [make(.runEnded, event, state: outcome.rawValue)]
    case .stepGranted: [make(.stepGranted, event, subject)]
    case .stepStarted: [make(.stepStarted, event, subject)]
    case .attemptEnded(_, _, let end, _): end.trouble.map { [make(.attemptEnded, event, subject, $0)] } ?? []
    case .stepFinished(_, let outcome): [make(.stepEnded, event, subject, state: outcome.kind.rawValue, message: outcome.words)]
    case .logged(_, _, let lines, let dropped): logs(event, subject, lines, dropped)
    case .checked(_, _, let version, let evaluations):
      evaluations.map { make(.checkEvaluated, event, subject, of: version, state: $0.outcome.rawValue, message: $0.words) }
    case .promoted(let version, _, _, _, _): [make(.versionPromoted, event, subject, of: version, message: "v\(version.number)")]
    case .rejected(let version, _, _, let checks, _):
      [
        make(
          .versionRejected, event, subject, of: version,
          message: "v\(version.number) by " + checks.map(\.description).joined(separator: ", "))
      ]
    case .discarded(let version, _, _):
      [make(.versionDiscarded, event, subject, of: version, message: "v\(version.number)")]
    case .sessionOpened(let location, _, _, _, _): [make(.locationChanged, event, location: location, state: "connected")]
    case .sessionClosed(let location, let reason):
      [make(.locationChanged, event, location: location, state: "unreachable", message: reason)]
    case .drainingBegan(let location): [make(.locationChanged, event, location: location, state: "draining")]
    case .manifestAccepted(let location, let digest, _):
      [make(.locationChanged, event, location: location, state: "manifest", message: digest.description)]
    case .manifestRefused(let location, let reason):
      [make(.locationChanged, event, location: location, state: "refused", message: reason)]
    case .workspaceLoaded: [make(.workspaceReloaded, event)]
    case .scheduleTicked(let id, let tick, _, let run, let problem):
      [
        make(
          .scheduleTicked, event, location: id.location, state: run.map { "run \($0)" },
          message: "\(id.name) at \(tick)" + (problem.map { ": \($0)" } ?? ""))
      ]
    default: []
    }
  }

  private func logs(_ event: Event, _ subject: StepSubject?, _ lines: [LogLine], _ dropped: Int) -> [LiveEvent] {
    var told: [LiveEvent] = []
    if dropped > 0 {
      told.append(make(.stepLog, event, subject, state: "warning", message: "\(dropped) lines were dropped here"))
    }
    told += lines.prefix(APILimits.eventLines).map {
      make(.stepLog, event, subject, state: $0.level.rawValue, message: $0.message)
    }
    if lines.count > APILimits.eventLines {
      let message = "\(lines.count - APILimits.eventLines) lines more came at once: the run's logs have them"
      told.append(make(.stepLog, event, subject, state: "warning", message: message))
    }
    return told
  }

  private func make(
    _ kind: LiveEvent.Kind, _ event: Event, _ subject: StepSubject?, _ trouble: (end: AttemptRecord.End, failure: StepFailure?)
  ) -> LiveEvent {
    make(kind, event, subject, state: trouble.end.rawValue, message: trouble.failure?.message)
  }

  private func make(
    _ kind: LiveEvent.Kind, _ event: Event, _ subject: StepSubject? = nil, of version: VersionRef? = nil,
    location: LocationName? = nil, state: String? = nil, message: String? = nil
  ) -> LiveEvent {
    let partition = (version?.of.partition ?? subject?.partition).flatMap { $0 == .only ? nil : $0.description }
    return LiveEvent(
      position: position, at: at, kind: kind, run: event.run?.number, step: event.step?.ordinal, attempt: event.attempt,
      location: location?.description ?? subject?.location, asset: version?.of.asset.description ?? subject?.assets,
      partition: partition, state: state, message: message)
  }
}

extension Event {
  /// The step that an event is about, where it is about one.
  var step: StepID? {
    switch self {
    case .stepGranted(let grant): grant.step
    case .stepStarted(let step, _), .logged(let step, _, _, _), .staged(let step, _, _), .checked(let step, _, _, _),
      .attemptEnded(let step, _, _, _), .slotReturned(let step, _), .retryScheduled(let step, _), .stepFinished(let step, _),
      .promoted(_, let step, _, _, _), .rejected(_, let step, _, _, _), .discarded(_, let step, _):
      step
    default: nil
    }
  }

  /// The attempt that an event is about, where it is about one.
  fileprivate var attempt: Int? {
    switch self {
    case .stepGranted(let grant): grant.attempt
    case .stepStarted(_, let attempt), .logged(_, let attempt, _, _), .checked(_, let attempt, _, _),
      .attemptEnded(_, let attempt, _, _), .promoted(_, _, let attempt, _, _), .rejected(_, _, let attempt, _, _),
      .discarded(_, _, let attempt):
      attempt
    default: nil
    }
  }

  /// The run that an event is about, where it is about one.
  var run: RunID? {
    switch self {
    case .runLaunched(let plan): plan.id
    case .runCancelRequested(let run), .runFinished(let run, _): run
    case .scheduleTicked(_, _, _, let run, _): run
    default: step?.run
    }
  }
}

extension StepOutcome {
  fileprivate var words: String? {
    switch self {
    case .failed(let failure): failure.message
    case .blocked(let reasons):
      reasons.first.map { "by \($0.asset)" + (reasons.count > 1 ? " and \(reasons.count - 1) more" : "") }
    case .succeeded, .rejected, .cancelled: nil
    }
  }
}

extension CheckEvaluation {
  fileprivate var words: String { check.description + (message.map { ": \($0)" } ?? "") }
}
