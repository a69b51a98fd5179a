// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What hosts say about attempts; whatever is not expected is counted, recorded within bounds, and changes nothing.
extension Core {
  /// - Returns: how many of the reports, and of the outcomes in them, came to nothing.
  mutating func receive(_ reports: [StepReport], from location: LocationName) -> Int {
    reports.reduce(0) { $0 + receive($1, from: location) }
  }

  /// - Returns: how much of it came to nothing.
  private mutating func receive(_ report: StepReport, from location: LocationName) -> Int {
    work += 1
    let attempt = report.attempt
    let step = attempt.step
    // Nothing of the attempt is held while events change it: what is held elsewhere, too, would be copied for each of them.
    guard attempt.incarnation == state.incarnation, let grant = grant(inFlight: attempt, at: location) else {
      return ignored(receiveLate(report, from: location), of: location)
    }
    switch report {
    case .started:
      guard state.runs[step.run]?.steps[step.ordinal].phase == .granted else { return ignored(.outOfTurn, of: location) }
      emit(.stepStarted(step, attempt: attempt.number))
    case .logged(_, let lines, let dropped): return ignored(log(lines, dropped: dropped, grant), of: location)
    case .staged(_, let outputs): return ignored(stage(outputs, grant), of: location)
    case .checked(_, let asset, let evaluations): return check(asset, evaluations, grant)
    case .finished(_, let end):
      if let active = state.runs[step.run]?.active[step.ordinal] { finishAttempt(active, end) }
    }
    return 0
  }

  /// Counts a report that came to nothing, where there is a reason.
  private mutating func ignored(_ reason: LocationTally.Reason?, of location: LocationName) -> Int {
    guard let reason else { return 0 }
    // Lines are counted one by one, as they go.
    if reason != .logLine { tallies[location, default: LocationTally()].count(reason) }
    return 1
  }

  private func grant(inFlight attempt: AttemptID, at location: LocationName) -> GrantRecord? {
    guard let grant = state.runs[attempt.step.run]?.active[attempt.step.ordinal]?.grant, grant.attempt == attempt.number,
      grant.location == location
    else { return nil }
    return grant
  }

  /// A fenced attempt: its end returns the slot, and nothing else comes of it. Of one that was never granted here nothing is kept.
  private mutating func receiveLate(_ report: StepReport, from location: LocationName) -> LocationTally.Reason? {
    let attempt = report.attempt
    let key = StepAttempt(step: attempt.step, number: attempt.number)
    let isFenced = attempt.incarnation == state.incarnation && state.locations[location]?.fenced[key] != nil
    if case .finished = report, isFenced {
      emit(.slotReturned(attempt.step, attempt: attempt.number))
      agenda.serve(location)
      return nil
    }
    guard isFenced || wasGranted(attempt, at: location) else {
      return isOfEndedRun(attempt) ? .lateReport : .unknownAttempt
    }
    let what: String
    switch report {
    case .started, .logged: return .lateReport
    case .staged(_, let outputs):
      what = "staged \(outputs.map(\.asset.description).joined(separator: ", "))".cut(toBytes: Self.quotedReport)
    case .checked(_, let asset, _): what = "checked \(asset)"
    case .finished: what = "finished"
    }
    if mayRecordLateReport(of: location) { emit(.reportIgnored(location, attempt, what: what)) }
    return .lateReport
  }

  /// Bytes of what the journal keeps of a late report.
  private static let quotedReport = 1_024

  private func wasGranted(_ attempt: AttemptID, at location: LocationName) -> Bool {
    guard attempt.incarnation == state.incarnation, let run = state.runs[attempt.step.run],
      run.steps.indices.contains(attempt.step.ordinal)
    else { return false }
    return run.place(of: attempt.step.ordinal).node.location == location
      && attempt.number <= Int(run.steps[attempt.step.ordinal].attempts)
  }

  /// Whose attempt it was is forgotten with its run. An orderly host reports it once more where the daemon that took it ended before it
  /// could say so.
  private func isOfEndedRun(_ attempt: AttemptID) -> Bool {
    let run = attempt.step.run
    return attempt.incarnation == state.incarnation && run.number > 0 && run.number < state.nextRun && state.runs[run] == nil
  }

  private mutating func mayRecordLateReport(of location: LocationName) -> Bool {
    lateReports.take(1, of: location, within: policy.lateReportsPerHour, at: running)
  }

  // MARK: Logs

  private mutating func log(_ lines: [LogLine], dropped: Int, _ grant: GrantRecord) -> LocationTally.Reason? {
    let attempt = StepAttempt(step: grant.step, number: grant.attempt)
    let admitted = logs.admit(
      lines, dropped: dropped, of: attempt, at: grant.location, logLimits(at: grant.location), now: running)
    if admitted.refused > 0 { tallies[grant.location, default: LocationTally()].count(.logLine, admitted.refused) }
    guard !admitted.lines.isEmpty || admitted.dropped > 0 else { return lines.isEmpty ? .outOfTurn : .logLine }
    emit(.logged(grant.step, attempt: grant.attempt, lines: admitted.lines, dropped: admitted.dropped))
    return nil
  }

  private func logLimits(at location: LocationName) -> LogShare {
    LogShare(policy, state.locations[location]?.definition?.quotas)
  }

  /// Keeps the last lines of an attempt that ends, where it logged more than is kept.
  private mutating func endLog(of grant: GrantRecord) {
    let attempt = StepAttempt(step: grant.step, number: grant.attempt)
    guard let rest = logs.end(attempt, at: grant.location, logLimits(at: grant.location), now: running) else { return }
    emit(.logged(grant.step, attempt: grant.attempt, lines: rest.lines, dropped: rest.dropped))
  }

  // MARK: Staging and checks

  private mutating func stage(_ outputs: [StagedOutput], _ grant: GrantRecord) -> LocationTally.Reason? {
    guard grant.kind == .materialize, !isStaged(grant) else { return .outOfTurn }
    work += outputs.count
    guard Set(outputs.map(\.asset)) == Set(grant.outputs.map(\.asset)), outputs.count == grant.outputs.count else {
      let failure = StepFailure(kind: .output, message: "the host staged other assets than the grant names", isRetryable: false)
      if let active = state.runs[grant.step.run]?.active[grant.step.ordinal] { fail(active, failure, returnsSlot: false) }
      return nil
    }
    emit(.staged(grant.step, attempt: grant.attempt, withinShare(outputs, grant)))
    decideIfEvaluated(grant)
    return nil
  }

  private func isStaged(_ grant: GrantRecord) -> Bool {
    state.runs[grant.step.run]?.active[grant.step.ordinal]?.isStaged == true
  }

  private mutating func check(_ asset: AssetKey, _ evaluations: [CheckEvaluation], _ grant: GrantRecord) -> Int {
    let attempt = StepAttempt(step: grant.step, number: grant.attempt)
    // Nothing passes before it is staged; what failed before has failed.
    let mayPass = grant.kind == .checksOnly || isStaged(grant)
    let evaluations = mayPass ? evaluations : evaluations.filter { $0.outcome != .passed }
    work += evaluations.count / Self.evaluationsPerUnit
    prepareChecks(of: grant)
    guard state.runs[grant.step.run]?.active[grant.step.ordinal]?.decided[asset] == nil,
      let taken = attemptChecks[attempt]?.take(evaluations, on: asset)
    else { return ignored(.outOfTurn, of: grant.location) }
    let contradictions = taken.contradictions.count
    if contradictions > 0 {
      tallies[grant.location, default: LocationTally()].count(.contradiction, contradictions)
      _ = log(taken.contradictions.map { LogLine(at: now, level: .error, message: $0) }, dropped: 0, grant)
    }
    guard !taken.evaluations.isEmpty else {
      return contradictions > 0 ? contradictions : ignored(.outOfTurn, of: grant.location)
    }
    // What passes on a version that is promoted counts for every run that has it.
    if grant.kind == .checksOnly { work += state.renewals(of: asset) }
    emit(.checked(grant.step, attempt: grant.attempt, taken.version, withinShare(taken.evaluations, grant)))
    // Of a version that is being made, nothing changes for its readers before it is decided.
    if grant.kind == .materialize { decideIfEvaluated(grant) } else { agenda.touch(taken.version.of) }
    return contradictions
  }

  /// How many outcomes, or checks, are looked at in about a microsecond.
  static let evaluationsPerUnit = 4

  private mutating func prepareChecks(of grant: GrantRecord) {
    let attempt = StepAttempt(step: grant.step, number: grant.attempt)
    guard attemptChecks[attempt] == nil, let active = state.runs[grant.step.run]?.active[grant.step.ordinal] else { return }
    work += grant.outputs.reduce(0) { $0 + 1 + $1.checks.count / Self.evaluationsPerUnit }
    attemptChecks[attempt] = AttemptChecks(of: active, state)
  }

  /// Decides about every output once all of their checks are evaluated: an attempt commits as a whole, so that one which is lost
  /// halfway can be tried again without a second commit.
  private mutating func decideIfEvaluated(_ grant: GrantRecord) {
    guard isStaged(grant), isEvaluated(grant),
      let active = state.runs[grant.step.run]?.active[grant.step.ordinal]
    else { return }
    for output in grant.outputs where active.decided[output.asset] == nil {
      decide(output, of: grant, active.evaluated[output.asset] ?? [:])
    }
  }

  /// Whether every granted check has a final outcome.
  private mutating func isEvaluated(_ grant: GrantRecord) -> Bool {
    let attempt = StepAttempt(step: grant.step, number: grant.attempt)
    if attemptChecks[attempt] == nil {
      if grant.outputs.allSatisfy({ $0.checks.isEmpty }) { return true }
      prepareChecks(of: grant)
    }
    return attemptChecks[attempt]?.outstanding == 0
  }

  /// Promotes or rejects one staged output; an unevaluated check is not a pass.
  private mutating func decide(
    _ output: GrantedVersion, of grant: GrantRecord, _ evaluated: [CheckIdentity: CheckOutcome]
  ) {
    let version = VersionRef(AssetPartition(output.asset, grant.partition), output.number)
    work += output.checks.count / Self.evaluationsPerUnit
    let passed = output.checks.map(\.check).filter { evaluated[$0] == .passed }
    let failed = output.checks.filter { $0.severity == .block && evaluated[$0.check] != .passed }.map(\.check)
    if failed.isEmpty {
      emit(.promoted(version, grant.step, attempt: grant.attempt, passed: passed.sorted(), grant.manifest))
      settle(version, .promote, of: grant)
    } else {
      emit(.rejected(version, grant.step, attempt: grant.attempt, by: failed.sorted(), passed: passed.sorted()))
      settle(version, .reject, of: grant)
    }
    agenda.touch(version.of)
  }

  // MARK: Ends of attempts

  private mutating func finishAttempt(_ active: ActiveAttempt, _ stated: StepEnd) {
    switch stated {
    case .completed: complete(active)
    case .failed(let failure): fail(active, withinShare(failure, active.grant), returnsSlot: true)
    case .cancelled: lose(active, "the host cancelled it")
    case .refused(let refusal): refuse(active, refusal)
    }
  }

  private mutating func complete(_ active: ActiveAttempt) {
    let grant = active.grant
    switch grant.kind {
    case .checksOnly:
      end(active, .completed, returnsSlot: true)
      let passes = grant.outputs.allSatisfy { output in
        output.checks.allSatisfy { $0.severity == .warn || active.evaluated[output.asset]?[$0.check] == .passed }
      }
      finish(grant.step, passes ? .succeeded : .rejected)
    case .materialize:
      guard active.isStaged else {
        let failure = StepFailure(
          kind: .output, message: "the host ended the step without staging its outputs", isRetryable: false)
        return fail(active, failure, returnsSlot: true)
      }
      for output in grant.outputs where active.decided[output.asset] == nil {
        decide(output, of: grant, active.evaluated[output.asset] ?? [:])
      }
      end(active, .completed, returnsSlot: true)
      finishDecided(grant)
    }
  }

  /// Ends a step all of whose outputs are promoted or rejected.
  private mutating func finishDecided(_ grant: GrantRecord) {
    let made = state.runs[grant.step.run]?.made ?? [:]
    let isPromoted = grant.outputs.allSatisfy { made[AssetPartition($0.asset, grant.partition)]?.isPromoted == true }
    finish(grant.step, isPromoted ? .succeeded : .rejected)
  }

  /// Ends an attempt that failed; the team's policy says whether another follows.
  mutating func fail(_ active: ActiveAttempt, _ failure: StepFailure, returnsSlot: Bool) {
    let grant = active.grant
    if active.isDecided, grant.kind == .materialize {
      end(active, .failed(failure), returnsSlot: returnsSlot)
      return finishDecided(grant)
    }
    discardUndecided(active)
    if !returnsSlot { perform(.cancel(grant.location, grant.step, attempt: grant.attempt)) }
    end(active, .failed(failure), returnsSlot: returnsSlot)
    guard failure.isRetryable, state.runs[grant.step.run]?.cancelRequested == false, let delay = retryDelay(after: grant)
    else { return finish(grant.step, .failed(failure)) }
    retry(grant.step, after: delay)
  }

  /// Ends an attempt that disappeared; not charged to the team's policy, within a bound.
  mutating func lose(_ active: ActiveAttempt, _ why: String) {
    let grant = active.grant
    if active.isDecided, grant.kind == .materialize {
      end(active, .lost(why), returnsSlot: true)
      return finishDecided(grant)
    }
    discardUndecided(active)
    end(active, .lost(why), returnsSlot: true)
    let lost = state.runs[grant.step.run]?.steps[grant.step.ordinal].lost ?? 0
    guard lost <= policy.lossesAllowed else {
      let message = "its attempt was lost \(lost) times; the last time: \(why)"
      return finish(grant.step, .failed(StepFailure(kind: .lost, message: message, isRetryable: false)))
    }
    agenda.toExamine(grant.step, of: grant.location)
  }

  private mutating func refuse(_ active: ActiveAttempt, _ refusal: StepEnd.Refusal) {
    let grant = active.grant
    if active.isDecided, grant.kind == .materialize { return lose(active, "the host refused it after its checks") }
    discardUndecided(active)
    end(active, .refused(refusal), returnsSlot: true)
    let refused = Int(state.runs[grant.step.run]?.steps[grant.step.ordinal].refused ?? 0)
    guard refused <= policy.refusalsAllowed else {
      let message = "'\(grant.location)' refused it \(refused) times; the last time: \(refusal.rawValue)"
      return finish(grant.step, .failed(StepFailure(kind: .unreachable, message: message, isRetryable: false)))
    }
    let doubled = policy.refusalDelay * (1 << min(refused - 1, 20))
    retry(grant.step, after: min(doubled, policy.refusalDelayLimit))
  }

  private func retryDelay(after grant: GrantRecord) -> Duration? {
    guard let spec = state.graph.steps[StepKey(location: grant.location, name: grant.stepName)],
      let charged = state.runs[grant.step.run]?.steps[grant.step.ordinal].charged, charged < spec.retry.maxAttempts
    else { return nil }
    return spec.retry.delay(afterAttempt: Int(charged), random: Jitter.fraction(of: grant, in: state.incarnation))
  }

  private mutating func retry(_ step: StepID, after delay: Duration) {
    let notBefore = running + delay
    emit(.retryScheduled(step, notBefore: notBefore))
    agenda.remind(at: notBefore, .retry(step))
  }

  /// Discards whatever of an attempt is neither promoted nor rejected.
  mutating func discardUndecided(_ active: ActiveAttempt) {
    let grant = active.grant
    guard grant.kind == .materialize else { return }
    for output in grant.outputs where active.decided[output.asset] == nil {
      let version = VersionRef(AssetPartition(output.asset, grant.partition), output.number)
      work += 1
      emit(.discarded(version, grant.step, attempt: grant.attempt))
      settle(version, .discard, of: grant)
    }
  }

  /// Ends an attempt, gives its partitions free, and its slot where the closure is known to be over.
  mutating func end(_ active: ActiveAttempt, _ how: AttemptEnd, returnsSlot: Bool) {
    let grant = active.grant
    let attempt = StepAttempt(step: grant.step, number: grant.attempt)
    endLog(of: grant)
    if !attemptChecks.isEmpty { attemptChecks[attempt] = nil }
    details.end(attempt)
    agenda.forget(.deadline(attempt))
    work += grant.outputs.count - 1
    unload(grant)
    emit(.attemptEnded(grant.step, attempt: grant.attempt, how, returnsSlot: returnsSlot))
    for output in grant.outputs { agenda.touch(AssetPartition(output.asset, grant.partition)) }
    agenda.serve(grant.location)
    guard !returnsSlot else { return }
    agenda.remind(at: max(running, grant.deadline) + policy.fenceLeeway, .slot(grant.location, attempt))
  }

  private mutating func unload(_ grant: GrantRecord) {
    guard let load = loadsInFlight[grant.location] else { return }
    loadsInFlight[grant.location] = load > grant.load ? load - grant.load : nil
  }
}

/// Jitter that a replay need not repeat: the instant that it leads to is in the journal.
enum Jitter {
  /// A fraction in [0, 1) from an attempt's identity, by the finalizer of SplitMix64.
  static func fraction(of grant: GrantRecord, in incarnation: Incarnation) -> Double {
    var bits = UInt64(incarnation.value) << 32 ^ grant.step.run.number &* 0x9E37_79B9_7F4A_7C15
    bits ^= UInt64(truncatingIfNeeded: grant.step.ordinal) &* 0xBF58_476D_1CE4_E5B9 &+ UInt64(truncatingIfNeeded: grant.attempt)
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((bits ^ (bits >> 31)) >> 11) / Double(1 << 53)
  }
}
