// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// What a store owes to retention.
extension JournalConformance {
  static let retentionCases = [
    ConformanceCase("without a snapshot nothing is pruned", prunesNothingWithoutSnapshot),
    ConformanceCase("what a policy keeps is left whole", keepsWhatThePolicyKeeps),
    ConformanceCase("of pruned runs their versions stay, with inputs and checks, and their steps go", keepsWhy),
    ConformanceCase("a journal that was pruned is refused before its beginning, and goes on after it", goesOnAfterPruning),
    ConformanceCase("manifests go with the last event that names them, and come back with the next", prunesManifests),
    ConformanceCase("pruned random histories have the rows that the memory journal has", prunesLikeMemory),
    ConformanceCase("of a pruned run's selection the beginning is kept", shortensSelections),
    ConformanceCase("of each schedule the newest ticks are kept", keepsNewestTicks),
    ConformanceCase("the oldest run that is left whole keeps its events", keepsEventsOfWholeRuns),
    ConformanceCase("a run that does not end keeps its rows, and does not keep the events of all that follow", passesEndlessRuns),
  ]

  /// Keeps nothing that is finished.
  private static let none = RetentionPolicy(age: .zero, runs: 0)
  /// Later than every sample.
  private static let later = SampleEvents.at(1_000_000)

  /// Whole materializations, each a run of its own, and a snapshot of them.
  private static func materialize(
    _ count: UInt64, on journal: any Journal, _ opening: JournalOpening
  ) async throws -> [StampedEvent] {
    let batches = (1...count).flatMap { OneMaterialization(number: $0).batches } + [SampleEvents.numbered(1_000).suffix(1)]
    var position: JournalPosition = 0
    for batch in batches { try await append(batch, to: journal, epoch: opening.epoch, after: &position) }
    let events = batches.flatMap { $0 }
    try await journal.save(JournalSnapshot(position: position, state: fold(events, opening.incarnation)))
    return events
  }

  private static func prunesNothingWithoutSnapshot(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    for batch in OneMaterialization(number: 1).batches {
      try await append(batch, to: journal, epoch: opening.epoch, after: &position)
    }
    let report = try await journal.prune(none, at: later)
    try requireEqual(report, PruningReport(runs: 0, events: 0, beginning: 0), "what was pruned without a snapshot")
    try requireEqual(try await all(journal).count, Int(position), "events")
  }

  private static func keepsWhatThePolicyKeeps(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let events = try await materialize(10, on: journal, opening)
    let young = RetentionPolicy(age: .seconds(10_000_000), runs: 10)
    try requireEqual(try await journal.prune(young, at: later).runs, 0, "runs pruned by a policy that keeps all")
    let first = try await journal.prune(RetentionPolicy(age: .seconds(10_000_000), runs: 7), at: later)
    try requireEqual(first.runs, 3, "runs pruned by count")
    let end = events.last { if case .runFinished(RunID(5), _) = $0.event { true } else { false } }
    guard let end else { throw ConformanceFailure(description: "run 5 did not end") }
    let age = later - end.at
    try requireEqual(try await journal.prune(RetentionPolicy(age: age, runs: 10), at: later).runs, 1, "runs pruned by age")
    let left = try await journal.history.runs(before: nil, limit: 100)
    try requireEqual(left.map(\.id.number), (1...10).reversed(), "runs that are listed")
  }

  private static func keepsWhy(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    _ = try await materialize(3, on: journal, opening)
    let history = journal.history
    let target = AssetPartition(SampleEvents.hourly, SampleEvents.days.key(at: 2))
    let versions = try await history.versions(of: target, limit: 5)
    let evaluations = try await history.evaluations(of: VersionRef(target, 1))
    try require(versions.first?.inputs.isEmpty == false && !evaluations.isEmpty, "the sample has no inputs or checks")
    try requireEqual(try await journal.prune(none, at: later).runs, 3, "runs pruned")
    try requireEqual(try await history.versions(of: target, limit: 5), versions, "versions after pruning")
    try requireEqual(try await history.evaluations(of: VersionRef(target, 1)), evaluations, "evaluations after pruning")
    try requireEqual(try await history.run(RunID(2))?.outcome, .succeeded, "the outcome of a pruned run")
    let latest = try await history.latestSteps(of: SampleEvents.hourly, in: [target.partition])
    try requireEqual(latest[target.partition]?.phase, .succeeded, "the latest step of a partition after pruning")
    try requireEqual(try await journal.prune(none, at: later).runs, 0, "runs pruned again")
  }

  private static func goesOnAfterPruning(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let events = try await materialize(40, on: journal, opening)
    let report = try await journal.prune(none, at: later)
    try requireEqual(report.beginning, JournalPosition(events.count), "the beginning, where nothing is left whole")
    try requireEqual(report.events, UInt64(events.count), "events pruned")
    try await requireRefusal(.pruned, "reading from the first event on") { _ = try await journal.read(after: 0, limit: 5) }
    try requireEqual(try await journal.read(after: report.beginning, limit: 5), [], "events after the beginning")
    let (again, reopening) = try await store.open()
    try requireEqual(reopening.beginning, report.beginning, "the beginning after opening again")
    try requireEqual(reopening.position, JournalPosition(events.count), "the end after opening again")
    try requireEqual(try await again.snapshot().newest?.position, JournalPosition(events.count), "the snapshot's position")
    var position = reopening.position
    try await append([SampleEvents.launch(run: 99)], to: again, epoch: reopening.epoch, after: &position)
    try requireEqual(try await again.read(after: report.beginning, limit: 5), [SampleEvents.launch(run: 99)], "new events")
    try await requireRefusal(.wrongPosition, "a snapshot before the beginning") {
      try await again.save(JournalSnapshot(position: 1, state: State(incarnation: reopening.incarnation)))
    }
  }

  private static func prunesManifests(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let accepted = SampleEvents.everyKind.filter { if case .manifestAccepted = $0.event { true } else { false } }
    let (old, young) = (SampleEvents.largeManifest, accepted[0])
    guard case .manifestAccepted(_, let digest, let manifest) = old.event else { return }
    try await journal.keep(manifest, digest)
    var position: JournalPosition = 0
    try await append([old, young], to: journal, epoch: opening.epoch, after: &position)
    // The older of two snapshots counts.
    for _ in 0..<2 {
      try await journal.save(JournalSnapshot(position: position, state: State(incarnation: opening.incarnation)))
      try await append([young], to: journal, epoch: opening.epoch, after: &position)
    }
    let report = try await journal.prune(none, at: later)
    let beginning = report.beginning
    try require(beginning >= 2, "the journal begins behind event \(beginning), not behind the first manifest")
    let left = [old, young, young, young].dropFirst(Int(beginning))
    try requireEqual(try await journal.read(after: beginning, limit: 10), Array(left), "the events that are left")
    // What was kept ahead and has gone is stored with what names it.
    try await append([old], to: journal, epoch: opening.epoch, after: &position)
    try await journal.keep(manifest, digest)
    try await append([old], to: journal, epoch: opening.epoch, after: &position)
    try requireEqual(try await journal.read(after: beginning, limit: 10), left + [old, old], "the events with those that came")
  }

  private static func prunesLikeMemory(_ store: StoreUnderTest) async throws {
    let events = RandomHistory.events(seed: 77, count: 2_500)
    let memory = MemoryJournal(incarnation: Incarnation(1))
    let (journal, opening) = try await store.open()
    for (store, epoch) in [(memory as any Journal, try await memory.open().epoch), (journal, opening.epoch)] {
      var position: JournalPosition = 0
      while position < events.count {
        try await append(Array(events[Int(position)...].prefix(30)), to: store, epoch: epoch, after: &position)
        guard position == 1_500 || position == events.count else { continue }
        let state = fold(events.prefix(Int(position)), Incarnation(1))
        try await store.save(JournalSnapshot(position: position, state: state))
        guard position == events.count else { continue }
        // Once more, so that also a store that goes by the older of two snapshots goes by this one.
        try await append([events[events.count - 1]], to: store, epoch: epoch, after: &position)
        try await store.save(JournalSnapshot(position: position, state: state))
      }
    }
    let now = events[events.count - 1].at
    let policy = RetentionPolicy(age: .seconds(60), runs: 12)
    let wanted = try await memory.prune(policy, at: now)
    let found = try await journal.prune(policy, at: now)
    try requireEqual(found.runs, wanted.runs, "runs pruned")
    try require(wanted.runs > 3 && found.beginning <= wanted.beginning, "\(found) was pruned, and \(wanted) from memory")
    try await HistoryComparison(wanted: memory.history, found: journal.history, label: "pruned").run(over: events)
  }

  private static func shortensSelections(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let selections = [String(repeating: "é,", count: 5_000), String(repeating: "é", count: 128)]
    let events = selections.enumerated().flatMap { index, selection in
      let plan = RunPlan(
        id: RunID(UInt64(index) + 1), kind: .materialize, origin: .manual, clientKey: nil, selection: selection, nodes: [],
        fixedUpstreams: [:])
      return [
        StampedEvent(at: SampleEvents.at(1), event: .runLaunched(plan)),
        StampedEvent(at: SampleEvents.at(2), event: .runFinished(plan.id, .succeeded)),
      ]
    }
    let all = events + SampleEvents.numbered(1_000).suffix(1)
    var position: JournalPosition = 0
    try await append(all, to: journal, epoch: opening.epoch, after: &position)
    try await journal.save(JournalSnapshot(position: position, state: fold(all, opening.incarnation)))
    let history = journal.history
    func kept() async throws -> [String?] {
      [try await history.run(RunID(1))?.selection, try await history.run(RunID(2))?.selection]
    }
    try requireEqual(try await kept(), selections, "selections before pruning")
    try requireEqual(try await journal.prune(none, at: later).runs, 2, "runs pruned")
    let beginning = String(String(repeating: "é,", count: 64).dropLast()) + "…"
    try requireEqual(try await kept(), [beginning, selections[1]], "selections after pruning")
  }

  private static func keepsNewestTicks(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let schedules = [("a", 30), ("b", 5), ("c", 4)].map { name, count in
      (id: ScheduleID(location: SampleEvents.weather, name: name), count: count)
    }
    let events = schedules.flatMap { id, count in
      (1...count).map { number in
        let tick = SampleEvents.at(Int64(number))
        return StampedEvent(
          at: SampleEvents.at(100), event: .scheduleTicked(id, tick: tick, skipped: number, run: nil, problem: "none"))
      }
    }
    var position: JournalPosition = 0
    try await append(events, to: journal, epoch: opening.epoch, after: &position)
    for _ in 0..<2 {
      try await journal.save(JournalSnapshot(position: position, state: State(incarnation: opening.incarnation)))
      try await append([events[0]], to: journal, epoch: opening.epoch, after: &position)
    }
    _ = try await journal.prune(RetentionPolicy(age: .seconds(10_000_000), runs: 10, ticks: 5), at: later)
    var left: [[Int]] = []
    for (id, _) in schedules { left.append(try await journal.history.ticks(of: id, limit: .max).map(\.skipped)) }
    try requireEqual(left, [[1, 1, 30, 29, 28], [5, 4, 3, 2, 1], [4, 3, 2, 1]], "ticks that are left")
  }

  private static func keepsEventsOfWholeRuns(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let events = try await materialize(30, on: journal, opening)
    let report = try await journal.prune(RetentionPolicy(age: .seconds(10_000_000), runs: 10), at: later)
    try requireEqual(report.runs, 20, "runs pruned")
    let left = try await journal.read(after: report.beginning, limit: .max)
    try requireEqual(left, Array(events[Int(report.beginning)...]), "the events that are left")
    let launches = left.compactMap { event -> UInt64? in
      if case .runLaunched(let plan) = event.event { plan.id.number } else { nil }
    }
    try requireEqual(launches, Array(21...30), "runs whose launch is left")
  }

  private static func passesEndlessRuns(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let endless = SampleEvents.launch(run: 1)
    let others = (2...20).flatMap { OneMaterialization(number: $0).batches.flatMap { $0 } }
    // What comes last belongs to no run.
    let events = [endless] + others + SampleEvents.numbered(1_000).suffix(1)
    var position: JournalPosition = 0
    for batch in [[endless], others, events.suffix(1)] {
      try await append(Array(batch), to: journal, epoch: opening.epoch, after: &position)
    }
    try await journal.save(JournalSnapshot(position: position, state: fold(events, opening.incarnation)))
    var policy = none
    policy.eventsOfUnfinished = later - endless.at
    try requireEqual(try await journal.prune(policy, at: later).beginning, 0, "the beginning, while the run keeps its events")
    policy.eventsOfUnfinished = later - endless.at - .seconds(1)
    let report = try await journal.prune(policy, at: later)
    try requireEqual(report.beginning, position, "the beginning, once it does not")
    let run = try await journal.history.run(RunID(1))
    try require(run != nil && run?.outcome == nil, "the run that goes on has lost its line")
    let steps = try await journal.history.steps(of: RunID(1), from: 0, limit: 10)
    try require(!steps.isEmpty, "the run that goes on has lost its steps")
    let (_, reopening) = try await store.open()
    try requireEqual(reopening.beginning, position, "the beginning after opening again")
  }
}
