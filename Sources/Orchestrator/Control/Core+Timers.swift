// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What comes due. A timer may be stale: each looks at the state before it decides anything.
extension Core {
  mutating func decideDue() {
    while work < policy.workPerDecision, let due = agenda.popDue(at: running, wall: wall) {
      work += 1
      switch due {
      case .retry(let step): toExamine(step)
      case .rested(let location): rouse(location)
      case .deadline(let attempt): fence(attempt)
      case .slot(let location, let attempt): returnSlot(attempt, at: location)
      case .patience(let location): losePatience(with: location)
      case .removal(let location): expel(location)
      case .settlements(let location): repeatSettlements(at: location)
      case .schedule(let id): tick(id)
      }
    }
  }

  /// A location has rested, unless more was charged to it meanwhile.
  private mutating func rouse(_ location: LocationName) {
    if let until = shares[location]?.take(0, at: running, policy) { return agenda.remind(at: until, .rested(location)) }
    agenda.wake(location)
    tickPostponed(of: location)
  }

  /// Has one step looked at, where there is one.
  mutating func toExamine(_ step: StepID) {
    guard let location = state.location(of: step) else { return }
    agenda.toExamine(step, of: location)
  }

  /// An attempt passed its deadline: it is fenced, and its slot comes back whatever its closure does (semantics 17).
  private mutating func fence(_ attempt: StepAttempt) {
    guard let active = state.runs[attempt.step.run]?.active[attempt.step.ordinal], active.grant.attempt == attempt.number
    else { return }
    let declared = state.graph.steps[StepKey(location: active.grant.location, name: active.grant.stepName)]?.timeout
    let failure = StepFailure.pastDeadline(state.shown(active.grant.deadline), timeout: declared)
    perform(.cancel(active.grant.location, attempt.step, attempt: attempt.number))
    fail(active, failure, returnsSlot: true)
  }

  private mutating func returnSlot(_ attempt: StepAttempt, at location: LocationName) {
    guard state.locations[location]?.fenced[attempt] != nil else { return }
    emit(.slotReturned(attempt.step, attempt: attempt.number))
    agenda.serve(location)
  }

  /// Steps wait for a location that is away, but not for ever.
  private mutating func losePatience(with location: LocationName) {
    guard let since = state.locations[location]?.unavailableSince else { return }
    // With a session its attempts go on under their own deadlines: it drains, or is about to change its manifest.
    if since + policy.patience <= running, state.locations[location]?.session == nil {
      for step in activeSteps(at: location) {
        guard let active = state.runs[step.run]?.active[step.ordinal] else { continue }
        fail(active, unreachable(location, since: since), returnsSlot: true)
      }
    }
    if since + policy.patience > running { agenda.remind(at: since + policy.patience, .patience(location)) }
    repeat {
      guard let queued = agenda.firstQueued(at: location) else { return }
      let limit = max(queued.since, since) + policy.patience
      guard limit <= running else { return agenda.remind(at: limit, .patience(location)) }
      _ = agenda.dequeue(from: location)
      work += 1
      guard state.runs[queued.step.run]?.steps[queued.step.ordinal].phase.isFinal == false else { continue }
      finish(queued.step, .failed(unreachable(location, since: since)))
    } while work < policy.workPerDecision
    // Those whom there was no time for end in the next decision.
    agenda.remind(at: running, .patience(location))
  }

  private func activeSteps(at location: LocationName) -> [StepID] {
    (state.runsAtLocation[location] ?? []).flatMap { id in
      (state.runs[id]?.active ?? [:]).values.filter { $0.grant.location == location }.map(\.grant.step)
    }.sorted()
  }

  private func unreachable(_ location: LocationName, since: Timestamp) -> StepFailure {
    StepFailure(
      kind: .unreachable, message: "location '\(location)' could not take steps since \(state.shown(since))", isRetryable: false)
  }

  /// A location that left the workspace had its grace; what is still in flight there is over (semantics 27).
  private mutating func expel(_ location: LocationName) {
    guard let since = state.locations[location]?.removedSince else { return }
    guard since + policy.removalGrace <= running else {
      return agenda.remind(at: since + policy.removalGrace, .removal(location))
    }
    for step in activeSteps(at: location) {
      guard let active = state.runs[step.run]?.active[step.ordinal] else { continue }
      let message = "location '\(location)' left the workspace"
      perform(.cancel(location, step, attempt: active.grant.attempt))
      fail(active, StepFailure(kind: .undefined, message: message, isRetryable: false), returnsSlot: true)
    }
  }
}
