// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Orchestrator
import TestSupport

/// A plausible history, drawn from a seed: runs whose steps are granted, staged, checked, decided, lost, retried and blocked.
package struct RandomHistory {
  private var random: SplitMix
  private var clock: Int64 = 0
  private var nextRun: UInt64 = 1
  private var numbers: [AssetPartition: VersionNumber] = [:]
  private var runs: [RunID: DrawnRun] = [:]
  private var unsettled: [VersionRef] = []
  /// Versions that check-only runs may look at again.
  private var decided: [VersionRef] = []
  private var drawn: [StampedEvent] = []

  private struct DrawnRun {
    let plan: RunPlan
    var steps: [Int: DrawnStep] = [:]
    var open: [Int]
  }

  private struct DrawnStep {
    var attempt = 0
    var versions: [VersionRef] = []
    var phase: StepPhase = .waiting
  }

  private init(seed: UInt64) { random = SplitMix(seed: seed) }

  /// A history of about `count` events.
  package static func events(seed: UInt64, count: Int) -> [StampedEvent] {
    var history = RandomHistory(seed: seed)
    while history.drawn.count < count { history.act() }
    return history.drawn
  }

  private mutating func emit(_ event: Event) {
    clock += Int64.random(in: 0...3, using: &random)
    drawn.append(StampedEvent(at: SampleEvents.at(clock), event: event))
  }

  private mutating func act() {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<4: launch()
    case 4..<6: emit(.scheduleTicked(schedule, tick: SampleEvents.at(clock), skipped: 0, run: nil, problem: "none"))
    case 6..<10: settle()
    case 10..<12: emit(SampleEvents.everyKind.randomElement(using: &random)!.event.harmless)
    case 12..<13: cancel()
    case 13..<14: recheck()
    default: advance()
    }
  }

  private let schedule = ScheduleID(location: SampleEvents.weather, name: "nightly")

  private mutating func launch() {
    let origin: RunOrigin = random.chance(30) ? .schedule(schedule, tick: SampleEvents.at(clock)) : .manual
    let plan = SampleEvents.plan(run: nextRun, days: Int.random(in: 1...4, using: &random), origin: origin)
    runs[plan.id] = DrawnRun(plan: plan, open: Array(0..<plan.stepCount))
    nextRun += 1
    emit(.runLaunched(plan))
  }

  private mutating func cancel() {
    if let run = runs.keys.sorted().randomElement(using: &random) { emit(.runCancelRequested(run)) }
  }

  private mutating func settle() {
    guard !unsettled.isEmpty else { return }
    emit(.settled(unsettled.remove(at: Int.random(in: 0..<unsettled.count, using: &random))))
  }

  /// Moves one step of one run by one event or two.
  private mutating func advance() {
    guard let id = runs.keys.sorted().randomElement(using: &random), var run = runs[id] else { return launch() }
    guard let ordinal = run.open.randomElement(using: &random) else {
      runs[id] = nil
      return emit(.runFinished(id, RunOutcome.allCases.randomElement(using: &random)!))
    }
    var step = run.steps[ordinal] ?? DrawnStep()
    advance(&step, StepID(run: id, ordinal: ordinal), PlannedSteps(nodes: run.plan.nodes)[ordinal]!)
    run.steps[ordinal] = step
    if step.phase.isFinal { run.open.removeAll { $0 == ordinal } }
    runs[id] = run
  }

  private mutating func advance(_ step: inout DrawnStep, _ id: StepID, _ planned: PlannedStep) {
    switch step.phase {
    case .waiting where random.chance(15):
      finish(&step, id, random.chance(50) ? .blocked([.neverMaterialized(planned.targets[0])]) : .cancelled)
    case .waiting, .retrying: grant(&step, id, planned)
    case .granted:
      if random.chance(20) { return lose(&step, id) }
      step.phase = .running
      emit(.stepStarted(id, attempt: step.attempt))
    case .running:
      if random.chance(20) { return lose(&step, id) }
      log(step, id)
      stage(&step, id)
    case .checking:
      if random.chance(10) { return lose(&step, id) }
      decide(&step, id)
    case .succeeded, .rejected, .failed, .blocked, .cancelled: break
    }
  }

  private mutating func grant(_ step: inout DrawnStep, _ id: StepID, _ planned: PlannedStep) {
    step.attempt += 1
    step.phase = .granted
    step.versions = planned.targets.map { target in
      numbers[target, default: 0] += 1
      return VersionRef(target, numbers[target]!)
    }
    let inputs = random.chance(50) ? [] : [BoundInput(asset: SampleEvents.hourly, binding: .gated, versions: [bound()])]
    emit(
      .stepGranted(
        GrantRecord(
          step: id, attempt: step.attempt, location: planned.location, manifest: SampleEvents.digest, stepName: planned.step,
          partition: planned.partition, deadline: SampleEvents.at(clock + 60), kind: .materialize, inputs: inputs,
          outputs: step.versions.map { GrantedVersion(asset: $0.of.asset, number: $0.number, checks: []) })))
  }

  private mutating func bound() -> BoundVersion {
    BoundVersion(
      partition: PartitionKey("2013-01-0\(Int.random(in: 1...9, using: &random))"), number: .random(in: 1...9, using: &random))
  }

  private mutating func log(_ step: DrawnStep, _ id: StepID) {
    let lines = (0..<Int.random(in: 0...3, using: &random)).map {
      LogLine(at: SampleEvents.at(clock), level: LogLine.Level.allCases[$0], message: "line \($0) of \(id)")
    }
    emit(.logged(id, attempt: step.attempt, lines: lines, dropped: random.chance(20) ? 5 : 0))
  }

  private mutating func stage(_ step: inout DrawnStep, _ id: StepID) {
    step.phase = .checking
    let outputs = step.versions.map { version in
      StagedOutput(
        asset: version.of.asset, locator: Locator(scheme: "file", uri: "/\(version)", format: "jsonl/1"),
        metadata: random.chance(50) ? [:] : SampleEvents.metadata)
    }
    emit(.staged(id, attempt: step.attempt, outputs))
  }

  private mutating func decide(_ step: inout DrawnStep, _ id: StepID) {
    let passes = random.chance(70)
    for version in step.versions {
      emit(.checked(id, attempt: step.attempt, version, SampleEvents.evaluations.filter { _ in random.chance(60) }))
      emit(
        passes
          ? .promoted(version, id, attempt: step.attempt, passed: [], SampleEvents.digest)
          : .rejected(version, id, attempt: step.attempt, by: [], passed: []))
      unsettled.append(version)
      decided.append(version)
    }
    emit(.attemptEnded(id, attempt: step.attempt, .completed, returnsSlot: true))
    finish(&step, id, passes ? .succeeded : .rejected)
  }

  /// Ends an attempt without a decision; the step may be tried again.
  private mutating func lose(_ step: inout DrawnStep, _ id: StepID) {
    let failure = StepFailure(kind: .threw, message: "attempt \(step.attempt) of \(id)")
    let ends: [AttemptEnd] = [.failed(failure), .lost("the host is gone"), .refused(.overloaded), .cancelled]
    let end = ends.randomElement(using: &random)!
    emit(.attemptEnded(id, attempt: step.attempt, end, returnsSlot: true))
    for version in step.versions { emit(.discarded(version, id, attempt: step.attempt)) }
    unsettled += step.versions
    if random.chance(70) {
      step.phase = .retrying
      emit(.retryScheduled(id, notBefore: SampleEvents.at(clock + 9)))
    } else {
      finish(&step, id, end == .cancelled ? .cancelled : .failed(failure))
    }
  }

  private mutating func finish(_ step: inout DrawnStep, _ id: StepID, _ outcome: StepOutcome) {
    step.phase = StepPhase(outcome.kind)
    emit(.stepFinished(id, outcome))
  }

  /// A check-only run over a version that exists, from launch to end.
  private mutating func recheck() {
    guard let version = decided.randomElement(using: &random) else { return }
    let run = RunID(nextRun)
    nextRun += 1
    let space = version.of.partition == .only ? PartitionSpace.single : SampleEvents.days
    guard let index = space.index(of: version.of.partition) else { return }
    let node = PlannedNode(
      location: SampleEvents.weather, step: "checks", outputs: [version.of.asset], space: space, partitions: [index],
      firstOrdinal: 0)
    emit(
      .runLaunched(
        RunPlan(
          id: run, kind: .checksOnly, origin: .manual, clientKey: nil, selection: "\(version.of.asset)", nodes: [node],
          fixedUpstreams: [:])))
    let step = StepID(run: run, ordinal: 0)
    emit(
      .stepGranted(
        GrantRecord(
          step: step, attempt: 1, location: SampleEvents.weather, manifest: SampleEvents.digest, stepName: "checks",
          partition: version.of.partition, deadline: SampleEvents.at(clock), kind: .checksOnly, inputs: [],
          outputs: [GrantedVersion(asset: version.of.asset, number: version.number, checks: [])])))
    emit(.checked(step, attempt: 1, version, SampleEvents.evaluations))
    emit(.promoted(version, step, attempt: 1, passed: [], SampleEvents.digest))
    emit(.attemptEnded(step, attempt: 1, .completed, returnsSlot: true))
    emit(.stepFinished(step, .succeeded))
    emit(.runFinished(run, .succeeded))
  }
}

extension Event {
  /// This event where it touches no run, step or version, or else one that does not.
  fileprivate var harmless: Event {
    switch self {
    case .reignBegan, .clockRead, .workspaceLoaded, .manifestAccepted, .manifestRefused, .sessionOpened, .sessionClosed,
      .capacityChanged,
      .drainingBegan, .slotReturned, .reportIgnored, .schedulePaused, .scheduleResumed, .scheduleTicked:
      self
    case .runLaunched, .runCancelRequested, .runFinished, .stepGranted, .stepStarted, .logged, .staged, .checked, .attemptEnded,
      .retryScheduled, .stepFinished, .promoted, .rejected, .discarded, .settled:
      .drainingBegan(SampleEvents.weather)
    }
  }
}
