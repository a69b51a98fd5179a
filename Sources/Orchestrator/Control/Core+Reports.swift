// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What hosts say about attempts; whatever is not expected is recorded and changes nothing.
extension Core {
  mutating func receive(_ report: StepReport, from location: LocationName) {
    let attempt = report.attempt
    let step = attempt.step
    guard attempt.incarnation == state.incarnation, let active = active(attempt, at: location) else {
      return receiveLate(report, from: location)
    }
    switch report {
    case .started:
      if state.runs[step.run]?.steps[step.ordinal].phase == .granted {
        emit(.stepStarted(step, attempt: attempt.number))
      }
    case .logged(_, let lines, let dropped):
      emit(.logged(step, attempt: attempt.number, lines: lines, dropped: dropped))
    case .staged(_, let outputs): stage(outputs, active)
    case .checked(_, let asset, let evaluations): check(asset, evaluations, active)
    case .finished(_, let end): finishAttempt(active, end)
    }
  }

  private func active(_ attempt: AttemptID, at location: LocationName) -> ActiveAttempt? {
    guard let active = state.runs[attempt.step.run]?.active[attempt.step.ordinal],
      active.grant.attempt == attempt.number, active.grant.location == location
    else { return nil }
    return active
  }

  /// A fenced attempt: its end returns the slot, and nothing else comes of it.
  private mutating func receiveLate(_ report: StepReport, from location: LocationName) {
    let attempt = report.attempt
    let key = StepAttempt(step: attempt.step, number: attempt.number)
    switch report {
    case .started, .logged: return
    case .finished where attempt.incarnation == state.incarnation && state.locations[location]?.fenced[key] != nil:
      emit(.slotReturned(attempt.step, attempt: attempt.number))
      agenda.serve(location)
    case .staged(_, let outputs):
      emit(.reportIgnored(location, attempt, what: "staged \(outputs.map(\.asset.description).joined(separator: ", "))"))
    case .checked(_, let asset, _): emit(.reportIgnored(location, attempt, what: "checked \(asset)"))
    case .finished: emit(.reportIgnored(location, attempt, what: "finished"))
    }
  }

  // MARK: Staging and checks

  private mutating func stage(_ outputs: [StagedOutput], _ active: ActiveAttempt) {
    let grant = active.grant
    guard !active.isStaged, grant.kind == .materialize else { return }
    guard Set(outputs.map(\.asset)) == Set(grant.outputs.map(\.asset)), outputs.count == grant.outputs.count else {
      let failure = StepFailure(kind: .output, message: "the host staged other assets than the grant names", isRetryable: false)
      return fail(active, failure, returnsSlot: false)
    }
    emit(.staged(grant.step, attempt: grant.attempt, outputs))
    decideIfEvaluated(grant)
  }

  private mutating func check(_ asset: AssetKey, _ evaluations: [CheckEvaluation], _ active: ActiveAttempt) {
    let grant = active.grant
    guard let output = grant.outputs.first(where: { $0.asset == asset }), active.decided[asset] == nil,
      grant.kind == .checksOnly || active.isStaged
    else { return }
    let granted = Dictionary(output.checks.map { ($0.check, $0.severity) }) { first, _ in first }
    // The severity that counts is the grant's; a check that was not granted decides nothing.
    let known = evaluations.compactMap { evaluation in
      granted[evaluation.check].map { severity in
        CheckEvaluation(
          check: evaluation.check, severity: severity, outcome: evaluation.outcome, message: evaluation.message,
          metadata: evaluation.metadata)
      }
    }
    let version = VersionRef(AssetPartition(asset, grant.partition), output.number)
    emit(.checked(grant.step, attempt: grant.attempt, version, known))
    agenda.touch(version.of)
    if grant.kind == .materialize { decideIfEvaluated(grant) }
  }

  /// Decides about every output once all of their checks are evaluated: an attempt commits as a whole, so that one which is lost
  /// halfway can be tried again without a second commit.
  private mutating func decideIfEvaluated(_ grant: GrantRecord) {
    guard let active = state.runs[grant.step.run]?.active[grant.step.ordinal] else { return }
    let isEvaluated = grant.outputs.allSatisfy { output in
      output.checks.allSatisfy { active.evaluated[output.asset]?[$0.check] != nil }
    }
    guard isEvaluated else { return }
    for output in grant.outputs where active.decided[output.asset] == nil {
      decide(output, of: grant, active.evaluated[output.asset] ?? [:])
    }
  }

  /// Promotes or rejects one staged output; an unevaluated check is not a pass.
  private mutating func decide(
    _ output: GrantedVersion, of grant: GrantRecord, _ evaluated: [CheckIdentity: CheckOutcome]
  ) {
    let version = VersionRef(AssetPartition(output.asset, grant.partition), output.number)
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
    case .failed(let failure): fail(active, failure, returnsSlot: true)
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
    agenda.toExamine(grant.step)
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
    let notBefore = now + delay
    emit(.retryScheduled(step, notBefore: notBefore))
    agenda.remind(at: notBefore, .retry(step))
  }

  /// Discards whatever of an attempt is neither promoted nor rejected.
  mutating func discardUndecided(_ active: ActiveAttempt) {
    let grant = active.grant
    guard grant.kind == .materialize else { return }
    for output in grant.outputs where active.decided[output.asset] == nil {
      let version = VersionRef(AssetPartition(output.asset, grant.partition), output.number)
      emit(.discarded(version, grant.step, attempt: grant.attempt))
      settle(version, .discard, of: grant)
    }
  }

  /// Ends an attempt, gives its partitions free, and its slot where the closure is known to be over.
  mutating func end(_ active: ActiveAttempt, _ how: AttemptEnd, returnsSlot: Bool) {
    let grant = active.grant
    emit(.attemptEnded(grant.step, attempt: grant.attempt, how, returnsSlot: returnsSlot))
    for output in grant.outputs { agenda.touch(AssetPartition(output.asset, grant.partition)) }
    agenda.serve(grant.location)
    guard !returnsSlot else { return }
    let attempt = StepAttempt(step: grant.step, number: grant.attempt)
    agenda.remind(at: max(now, grant.deadline) + policy.fenceLeeway, .slot(grant.location, attempt))
  }

  // MARK: Settlements

  /// Has a decision carried out, where it leaves something for storage to do.
  private mutating func settle(_ version: VersionRef, _ decision: Settlement.Decision, of grant: GrantRecord) {
    if state.settlers[version] != nil { perform(.settle(grant.location, version, decision)) }
  }

  mutating func settle(_ version: VersionID, by location: LocationName) {
    let reference = VersionRef(AssetPartition(version.asset, version.partition), version.number)
    guard version.incarnation == state.incarnation, state.locations[location]?.unsettled[reference] != nil else { return }
    emit(.settled(reference))
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
