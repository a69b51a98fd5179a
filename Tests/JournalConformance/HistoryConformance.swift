// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import TestSupport

extension JournalConformance {
  /// Seeds of the random histories; a failure names its own.
  private static let seeds: [UInt64] = [1, 20_131_103, 0xDEAD_BEEF]

  static let historyCases =
    seeds.map { seed in
      ConformanceCase("random history \(seed) gives the rows that the memory journal has") { store in
        try await matchesMemory(store, seed: seed)
      }
    } + [
      ConformanceCase("steps without a grant are waiting, and pages of steps are bounded", listsWaitingSteps),
      ConformanceCase("runs, versions, logs and ticks are paged", pages),
      ConformanceCase("a decision, once made, stays", keepsDecisions),
      ConformanceCase("a second attempt of a step replaces what the first left", regrants),
      ConformanceCase("each version of an attempt has the attempt's inputs", sharesInputs),
      ConformanceCase("inputs are read within a bound", boundsInputs),
      ConformanceCase("of a check that was tried often the newest evaluation is read", readsNewestEvaluations),
      ConformanceCase("what checks and versions say is read within a bound, and outcomes are read whole", boundsDetails),
    ] + attemptCases

  /// Appends a random history in random batches, opening the store again now and then, and compares every query.
  private static func matchesMemory(_ store: StoreUnderTest, seed: UInt64) async throws {
    let events = RandomHistory.events(seed: seed, count: 1_500)
    let memory = MemoryJournal(incarnation: Incarnation(1))
    let memoryEpoch = try await memory.open().epoch
    var random = SplitMix(seed: ~seed)
    var (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    while position < events.count {
      if random.chance(5) { (journal, opening) = try await store.open() }
      let batch = Array(events[Int(position)...].prefix(.random(in: 1...40, using: &random)))
      try await memory.append(JournalBatch(epoch: memoryEpoch, after: position, events: batch))
      try await append(batch, to: journal, epoch: opening.epoch, after: &position)
    }
    try requireEqual(try await all(journal), events, "events of seed \(seed)")
    let comparison = HistoryComparison(wanted: memory.history, found: journal.history, label: "seed \(seed)")
    try await comparison.run(over: events)
  }

  private static func listsWaitingSteps(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let blocked = StepID(run: RunID(1), ordinal: 1)
    let events = [
      SampleEvents.launch(run: 1),
      StampedEvent(at: SampleEvents.at(5), event: .stepFinished(blocked, .blocked([.unresolved(SampleEvents.summary)]))),
    ]
    try await append(events, to: journal, epoch: opening.epoch, after: &position)
    let history = journal.history
    let steps = try await history.steps(of: RunID(1), from: 0, limit: 100)
    try requireEqual(steps.map(\.id.ordinal), Array(0..<9), "ordinals of a run's steps")
    try requireEqual(steps.map(\.phase), [.waiting, .blocked] + Array(repeating: .waiting, count: 7), "phases")
    try requireEqual(steps[1].outcome, .blocked([.unresolved(SampleEvents.summary)]), "a blocked step's outcome")
    try requireEqual(steps[4].partition, SampleEvents.days.key(at: 100), "the partition of a step in a second range")
    try requireEqual(steps[5].outputs.count, 2, "outputs of a step that yields two assets")
    try requireEqual(try await history.steps(of: RunID(1), from: 3, limit: 2), Array(steps[3...4]), "a page of steps")
    for (ordinal, limit) in [(9, 5), (1 << 40, 5), (0, 0), (-3, 0)] {
      try requireEqual(
        try await history.steps(of: RunID(1), from: ordinal, limit: limit), [], "\(limit) steps from \(ordinal)")
    }
    try requireEqual(try await history.steps(of: RunID(2), from: 0, limit: 5), [], "steps of an unknown run")
    let latest = try await history.latestSteps(of: SampleEvents.hourly, in: steps.map(\.partition))
    try requireEqual(latest.values.map(\.id), [blocked], "the latest step of an asset whose step never ran")
    try require(try await history.latestSteps(of: SampleEvents.hourly, in: []).isEmpty, "steps of no partition")
  }

  private static func pages(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let lines = (0..<5).map { LogLine(at: SampleEvents.at($0), level: .info, message: "\($0)") }
    let schedule = ScheduleID(location: SampleEvents.weather, name: "nightly")
    let events =
      (1...5).map { SampleEvents.launch(run: $0) }
      + [
        .logged(StepID(run: RunID(1), ordinal: 0), attempt: 1, lines: Array(lines[..<2]), dropped: 0),
        .logged(StepID(run: RunID(1), ordinal: 3), attempt: 1, lines: Array(lines[2...]), dropped: 0),
        .logged(StepID(run: RunID(2), ordinal: 0), attempt: 1, lines: lines, dropped: 9),
        .scheduleTicked(schedule, tick: SampleEvents.at(1), skipped: 0, run: nil, problem: nil),
        .scheduleTicked(schedule, tick: SampleEvents.at(2), skipped: 3, run: RunID(1), problem: nil),
      ].map { StampedEvent(at: SampleEvents.at(9), event: $0) }
    try await append(events, to: journal, epoch: opening.epoch, after: &position)
    let history = journal.history
    let numbers = { (runs: [RunRecord]) in runs.map(\.id.number) }
    try requireEqual(numbers(try await history.runs(before: nil, limit: 2)), [5, 4], "the newest runs")
    try requireEqual(numbers(try await history.runs(before: RunID(4), limit: 2)), [3, 2], "runs before 4")
    try requireEqual(numbers(try await history.runs(before: RunID(1), limit: 2)), [], "runs before the first")
    try requireEqual(
      numbers(try await history.runs(RunFilter(from: RunID(3)), before: nil, limit: 9).runs), [5, 4, 3], "runs from 3")
    let two = try await history.runs(RunFilter(asset: SampleEvents.hourly), before: RunID(5), limit: 2)
    try requireEqual(numbers(two.runs), [4, 3], "two runs of an asset")
    try requireEqual(two.next, RunID(3), "where the question goes on")
    let none = try await history.runs(RunFilter(partition: "never"), before: nil, limit: 2)
    try requireEqual(none, RunPage(), "runs of no partition")
    try requireEqual(try await history.firstRun(since: SampleEvents.at(3)), RunID(3), "the first run since an instant")
    try requireEqual(try await history.firstRun(since: SampleEvents.at(99)), RunID(6), "the first run since then: the next")
    let all = try await history.logs(of: RunID(1), step: nil, after: 0, limit: 100)
    try requireEqual(all.map(\.line.message), ["0", "1", "2", "3", "4"], "a run's lines")
    let next = try await history.logs(of: RunID(1), step: nil, after: all[1].sequence, limit: 2)
    try requireEqual(next, Array(all[2...3]), "two lines after the second")
    let ofStep = try await history.logs(of: RunID(1), step: 3, after: 0, limit: 100)
    try requireEqual(ofStep, Array(all[2...]), "a step's lines")
    let dropped = try await history.logs(of: RunID(2), step: nil, after: 0, limit: 100)
    try requireEqual(
      dropped.map(\.line.message), ["9 lines were dropped here", "0", "1", "2", "3", "4"], "the line that counts those before")
    try requireEqual(try await history.ticks(of: schedule, limit: 1).map(\.skipped), [3], "the newest tick")
    try requireEqual(try await history.ticks(of: schedule, limit: 9).map(\.skipped), [3, 0], "ticks")
  }

  private static func keepsDecisions(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let step = StepID(run: RunID(1), ordinal: 0)
    let version = VersionRef(PlannedSteps(nodes: SampleEvents.plan(run: 1).nodes)[0]!.targets[0], 1)
    let other = ManifestDigest("sha256:other")
    let events: [Event] = [
      .stepGranted(SampleEvents.grant(step, version, attempt: 1)),
      .promoted(version, step, attempt: 1, passed: [], SampleEvents.digest),
      .promoted(version, step, attempt: 1, passed: [], other),
      .settled(VersionRef(version.of, 40)),
    ]
    try await append([SampleEvents.launch(run: 1)], to: journal, epoch: opening.epoch, after: &position)
    for (second, event) in events.enumerated() {
      let stamped = StampedEvent(at: SampleEvents.at(Int64(10 + second)), event: event)
      try await append([stamped], to: journal, epoch: opening.epoch, after: &position)
    }
    let found = try await journal.history.versions(of: version.of, limit: 10)
    try requireEqual(found.map(\.version), [version], "versions of the partition")
    try requireEqual(found[0].manifest, SampleEvents.digest, "the manifest of the first decision")
    try requireEqual(found[0].decidedAt, SampleEvents.at(11), "the instant of the first decision")
  }

  private static func regrants(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let step = StepID(run: RunID(1), ordinal: 0)
    let target = PlannedSteps(nodes: SampleEvents.plan(run: 1).nodes)[0]!.targets[0]
    let failure = StepFailure(kind: .threw, message: "first")
    let output = StagedOutput(asset: target.asset, locator: Locator(scheme: "file", uri: "/2", format: "jsonl/1"))
    let events: [Event] = [
      .runLaunched(SampleEvents.plan(run: 1)),
      .stepGranted(SampleEvents.grant(step, VersionRef(target, 1), attempt: 1)), .stepStarted(step, attempt: 1),
      .attemptEnded(step, attempt: 1, .failed(failure), returnsSlot: true),
      .discarded(VersionRef(target, 1), step, attempt: 1), .retryScheduled(step, notBefore: SampleEvents.at(99)),
      .stepGranted(SampleEvents.grant(step, VersionRef(target, 2), attempt: 2)),
      .staged(step, attempt: 1, [output]), .staged(step, attempt: 2, [output]),
    ]
    for (second, event) in events.enumerated() {
      let stamped = StampedEvent(at: SampleEvents.at(Int64(second)), event: event)
      try await append([stamped], to: journal, epoch: opening.epoch, after: &position)
    }
    let record = try await journal.history.steps(of: RunID(1), from: 0, limit: 1)[0]
    try requireEqual(record.attempts, 2, "attempts")
    try requireEqual(record.grantedAt, SampleEvents.at(6), "the instant of the last grant")
    try requireEqual(record.startedAt, nil, "the start of an attempt that has not started")
    try requireEqual(record.lastFailure, failure, "the last failure")
    let versions = try await journal.history.versions(of: target, limit: 9)
    try requireEqual(versions.map(\.stagedAt), [SampleEvents.at(8), nil], "what was staged")
    try requireEqual(versions.map(\.decision), [nil, .discarded], "decisions")
  }
}

// MARK: - Many outputs

extension JournalConformance {
  private static func sharesInputs(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let grant = try WideGrant(outputs: 20, inputs: 30)
    try await append(grant.events, to: journal, epoch: opening.epoch, after: &position)
    let history = try await store.open().journal.history
    let named = try await history.versions(grant.versions)
    try requireEqual(named.count, 20, "versions by name")
    try require(named.allSatisfy { $0.inputs == grant.record.inputs }, "a version by name has other inputs than its attempt")
    for version in grant.versions {
      let found = try await history.versions(of: version.of, limit: 5)
      try requireEqual(found.map(\.inputs), [grant.record.inputs], "the inputs of \(version)")
    }
    let steps = try await history.steps(of: RunID(1), from: 0, limit: 1)
    try requireEqual(steps.map(\.inputs), [grant.record.inputs], "the inputs of the step")
  }
}

extension JournalConformance {
  private static func boundsInputs(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    // What is in memory already is handed out as it is.
    guard !(journal is MemoryJournal) else { return }
    var position: JournalPosition = 0
    let grant = try WideGrant(outputs: 20, inputs: HistoryLimits.detailBytes / 7 / 210)
    let bytes = try grant.inputBytes
    try require((HistoryLimits.detailBytes / 9...HistoryLimits.detailBytes / 6).contains(bytes), "\(bytes) bytes of inputs")
    try await append(grant.events, to: journal, epoch: opening.epoch, after: &position)
    let named = try await journal.history.versions(grant.versions)
    try requireEqual(named.count, 20, "versions by name")
    try requireEqual(
      named.count { $0.inputs == grant.record.inputs }, HistoryLimits.detailBytes / bytes, "those with their inputs")
    try requireEqual(named.count { $0.inputs.isEmpty }, 20 - HistoryLimits.detailBytes / bytes, "those without")
  }
}

// MARK: - What locations say

extension JournalConformance {
  private static let step = StepID(run: RunID(1), ordinal: 0)
  private static func stations() -> AssetPartition { PlannedSteps(nodes: SampleEvents.plan(run: 1).nodes)[0]!.targets[0] }

  private static func readsNewestEvaluations(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let version = VersionRef(stations(), 1)
    let tries = (1...50).map { number in
      ["slow", "quick"].map {
        CheckEvaluation(check: CheckIdentity(name: $0), severity: .block, outcome: .errored, message: "\(number)")
      }
    }
    let events: [Event] =
      [
        .runLaunched(SampleEvents.plan(run: 1)), .stepGranted(SampleEvents.grant(step, version, attempt: 1)),
      ] + tries.map { .checked(step, attempt: 1, version, $0) }
    let stamped = events.enumerated().map { StampedEvent(at: SampleEvents.at(Int64($0)), event: $1) }
    try await append(stamped, to: journal, epoch: opening.epoch, after: &position)
    let found = try await journal.history.evaluations(of: version)
    try requireEqual(found.map(\.evaluation.check.name), ["quick", "slow"], "one evaluation of each check")
    try requireEqual(found.map(\.evaluation.message), ["50", "50"], "the newest")
    try requireEqual(try await journal.history.checks(on: version), found.map(\.evaluation.check), "the checks on the version")
  }

  private static func boundsDetails(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    // Ten of these go beyond the bound.
    let large: Metadata = ["text": .text(String(repeating: "x", count: HistoryLimits.detailBytes / 9))]
    let target = stations()
    let evaluations = (0..<10).map {
      CheckEvaluation(check: CheckIdentity(name: "\($0)"), severity: .block, outcome: .failed, message: "m", metadata: large)
    }
    let locator = Locator(scheme: "file", uri: "/1", format: "jsonl/1")
    let output = StagedOutput(asset: target.asset, locator: locator, metadata: large)
    var events: [Event] = [.runLaunched(SampleEvents.plan(run: 1))]
    for number in 1...10 {
      let version = VersionRef(target, VersionNumber(number))
      events += [
        .stepGranted(SampleEvents.grant(step, version, attempt: number)), .staged(step, attempt: number, [output]),
        .checked(step, attempt: number, version, number == 1 ? evaluations : []),
      ]
    }
    for event in events {
      try await append([StampedEvent(at: SampleEvents.at(1), event: event)], to: journal, epoch: opening.epoch, after: &position)
    }
    let history = journal.history
    let checked = try await history.evaluations(of: VersionRef(target, 1))
    try requireEqual(checked.map(\.evaluation.outcome), Array(repeating: .failed, count: 10), "outcomes")
    try requireEqual(checked.count { $0.evaluation.metadata == large }, 8, "evaluations with their metadata")
    try requireEqual(checked.count { $0.evaluation.metadata.isEmpty && $0.evaluation.message != "m" }, 2, "those without")
    let versions = try await history.versions(of: target, limit: 100)
    try requireEqual(versions.map { $0.metadata == large }, Array(repeating: true, count: 8) + [false, false], "versions")
    let named = try await history.versions(versions.map(\.version))
    try requireEqual(named.count { $0.metadata == large }, 8, "versions by name with their metadata")
    try requireEqual(named.compactMap(\.locator).count, 10, "locators of versions by name")
  }
}

extension SampleEvents {
  static func grant(_ step: StepID, _ version: VersionRef, attempt: Int) -> GrantRecord {
    GrantRecord(
      step: step, attempt: attempt, location: weather, manifest: digest, stepName: "stations", partition: version.of.partition,
      deadline: at(1_000), kind: .materialize, inputs: [],
      outputs: [GrantedVersion(asset: version.of.asset, number: version.number, checks: [])])
  }
}
