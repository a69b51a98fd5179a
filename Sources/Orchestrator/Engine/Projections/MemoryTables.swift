// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import OrderedCollections

/// The query tables in memory: what ``ProjectionDelta``s add up to.
struct MemoryTables: Sendable {
  var runs: [RunID: RunRow] = [:]
  /// Every run's id, ascending.
  var runOrder: [RunID] = []
  var steps: [StepID: StepRecord] = [:]
  var versions: [AssetPartition: [VersionNumber: VersionRecord]] = [:]
  var latestSteps: [AssetKey: [PartitionKey: StepID]] = [:]
  /// Oldest first, like what follows.
  var evaluations: [VersionRef: [EvaluationRecord]] = [:]
  var attempts: [StepID: [AttemptRecord]] = [:]
  var logs: [RunID: [LogRecord]] = [:]
  private var ticks: [ScheduleID: [TickRecord]] = [:]

  struct RunRow: Sendable {
    var record: RunRecord
    let steps: PlannedSteps
    /// Whether retention has removed its steps.
    var isPruned = false
  }

  mutating func apply(_ delta: ProjectionDelta) {
    for launch in delta.launched { insert(launch) }
    for (run, change) in delta.runs where runs[run] != nil { change.apply(to: &runs[run]!.record) }
    for (step, change) in delta.steps { update(step, change) }
    for (version, change) in delta.versions { update(version, change) }
    for (target, step) in delta.latestSteps {
      let known = latestSteps[target.asset]?[target.partition] ?? step
      latestSteps[target.asset, default: [:]][target.partition] = max(known, step)
    }
    for row in delta.evaluations { evaluations[row.record.version, default: []].append(row.record) }
    for row in delta.attempts { attempts[row.record.step, default: []].append(row.record) }
    for record in delta.logs { logs[record.step.run, default: []].append(record) }
    for row in delta.ticks { ticks[row.record.schedule, default: []].append(row.record) }
  }

  private mutating func insert(_ launch: LaunchedRun) {
    let id = launch.plan.id
    runs[id] = RunRow(record: launch.record, steps: PlannedSteps(nodes: launch.plan.nodes))
    runOrder.insert(id, at: runOrder.lastIndex { $0 < id }.map { $0 + 1 } ?? 0)
  }

  private mutating func update(_ id: StepID, _ change: StepChange) {
    if steps[id] == nil {
      guard let waiting = waitingStep(id) else { return }
      steps[id] = waiting
    }
    change.apply(to: &steps[id]!)
  }

  private mutating func update(_ version: VersionRef, _ change: VersionChange) {
    if let created = change.created {
      versions[version.of, default: [:]][version.number] = VersionRecord(
        version: version, step: created.step, attempt: created.attempt, inputs: created.inputs)
    }
    guard versions[version.of]?[version.number] != nil else { return }
    change.apply(to: &versions[version.of]![version.number]!)
  }

  private func waitingStep(_ id: StepID) -> StepRecord? {
    runs[id.run]?.steps[id.ordinal].map { StepRecord(waiting: $0, id: id) }
  }
}

// MARK: - Queries

extension MemoryTables {
  func run(_ id: RunID) -> RunRecord? { runs[id]?.record }

  func runs(before: RunID?, limit: Int) -> [RunRecord] {
    let end = before.map { bound in runOrder.lastIndex { $0 < bound }.map { $0 + 1 } ?? 0 } ?? runOrder.count
    return runOrder[..<end].suffix(max(0, limit)).reversed().compactMap { runs[$0]?.record }
  }

  func runs(_ filter: RunFilter, before: RunID?, limit: Int) -> RunPage {
    var builder = RunPageBuilder(filter, limit: limit)
    let looked = runs(before: before, limit: HistoryLimits.runsLookedAt)
    // Without steps the plan of a pruned run is gone.
    let kept = filter.isAboutSteps ? Set(steps.keys.map(\.run)) : []
    for record in looked where filter.admits(record) {
      guard let row = runs[record.id] else { continue }
      let mayGoOn = builder.take(record, size: 0) { row.isPruned && !kept.contains(record.id) ? nil : row.steps }
      guard mayGoOn else { return builder.page }
    }
    if let oldest = looked.last?.id, looked.count == HistoryLimits.runsLookedAt { builder.end(at: oldest) }
    return builder.page
  }

  func steps(of run: RunID, from ordinal: Int, limit: Int) -> [StepRecord] {
    guard let row = runs[run] else { return [] }
    return row.steps.page(from: ordinal, limit: limit).compactMap { ordinal in
      let id = StepID(run: run, ordinal: ordinal)
      return steps[id] ?? (row.isPruned ? nil : waitingStep(id))
    }
  }

  func versions(of target: AssetPartition, limit: Int) -> [VersionRecord] {
    let known = versions[target] ?? [:]
    return known.keys.sorted(by: >).prefix(max(0, limit)).compactMap { known[$0] }.withinBudget()
  }

  func version(_ version: VersionRef) -> VersionRecord? { versions[version.of]?[version.number] }

  func evaluations(of version: VersionRef) -> [EvaluationRecord] {
    var budget = DetailBudget()
    return newestEvaluations(of: version).map { budget.take($0.evaluation.detailBytes) ? $0 : $0.withoutDetail }.sortedByCheck()
  }

  /// One of each check, the newest first.
  func newestEvaluations(of version: VersionRef) -> [EvaluationRecord] {
    var seen: Set<CheckIdentity> = []
    let newest = (evaluations[version] ?? []).reversed().filter { seen.insert($0.evaluation.check).inserted }
    return Array(newest.prefix(HistoryLimits.checks))
  }

  func latestSteps(of asset: AssetKey, in partitions: [PartitionKey]) -> [PartitionKey: StepRecord] {
    guard let known = latestSteps[asset] else { return [:] }
    return Dictionary(partitions.compactMap { key in known[key].flatMap { steps[$0] }.map { (key, $0) } }) { first, _ in first }
  }

  func attempts(of steps: [StepID]) -> [AttemptRecord] {
    var budget = DetailBudget()
    return Set(steps).sorted().flatMap { step in
      // The newest first, as stores read them.
      (attempts[step] ?? []).suffix(HistoryLimits.attempts).reversed().map { record in
        budget.take(record.failure?.message.utf8.count ?? 0) ? record : record.withoutDetail
      }.reversed()
    }
  }

  func logs(of run: RunID, step ordinal: Int?, after: UInt64, limit: Int) -> [LogRecord] {
    let lines = (logs[run] ?? []).lazy.filter { $0.sequence > after && (ordinal == nil || $0.step.ordinal == ordinal) }
    return Array(lines.prefix(max(0, limit)))
  }

  /// Keeps the newest ticks of each schedule.
  mutating func removeTicks(beyond kept: Int) {
    for schedule in ticks.keys { ticks[schedule] = ticks[schedule]?.suffix(max(0, kept)) }
  }

  func ticks(of schedule: ScheduleID, limit: Int) -> [TickRecord] {
    (ticks[schedule] ?? []).suffix(max(0, limit)).reversed()
  }
}

extension StepRecord {
  /// A step that was never granted, as its run's plan has it.
  package init(waiting planned: PlannedStep, id: StepID) {
    self.init(
      id: id, location: planned.location, step: planned.step, outputs: planned.outputs, partition: planned.partition,
      phase: .waiting)
  }
}

extension PlannedSteps {
  /// The ordinals of one page.
  package func page(from ordinal: Int, limit: Int) -> Range<Int> {
    let start = min(max(0, ordinal), count)
    return start..<min(count, start + min(count, max(0, limit)))
  }
}

extension [VersionRecord] {
  /// The records, those beyond the bound on one query without metadata.
  func withinBudget() -> Self {
    var budget = DetailBudget()
    return map { record in
      if budget.take(record.metadata.detailBytes) { return record }
      var bare = record
      bare.metadata = [:]
      return bare
    }
  }
}
