// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI
import Orchestrator
import ServiceLifecycle

extension ControlPlaneQueries {
  /// How many steps of a run are read from the history at once.
  private static let stepPage = 1_000

  package func launch(
    _ request: ControlPlaneAPI.LaunchRequest, trace: TraceContext? = nil, wait: Duration? = nil
  ) async throws -> LaunchResult {
    let asked = try Self.launch(request, trace)
    let receipt = try await engine.launch(asked)
    _ = try await outcomes(of: [receipt.run], within: wait)
    return LaunchResult(
      run: try await summary(of: receipt.run), created: !receipt.isRepeat, leftOut: receipt.leftOut,
      difference: try await difference(of: receipt, from: asked))
  }

  /// Launches decided in turn, in portions that are made durable together; a refused one hinders no other.
  package func launch(
    _ batch: LaunchBatch, trace: TraceContext? = nil, wait: Duration? = nil
  ) async throws -> [LaunchAnswer] {
    guard batch.launches.count <= APILimits.launches else {
      throw APIError(
        .tooLarge, "\(batch.launches.count) launches are more than \(APILimits.launches)", mend: "send several requests")
    }
    let requests = batch.launches.map { request in
      Result { try Self.launch(request, trace) }.mapError { APIError(describing: $0) }
    }
    let decided = try await engine.launch(requests.compactMap { try? $0.get() })
    let runs = decided.compactMap { if case .launched(let receipt) = $0 { receipt.run } else { nil } }
    // Where the store goes away meanwhile, what was launched is told all the same.
    let outcomes = try? await outcomes(of: runs, within: wait)
    let states = outcomes.map { Dictionary(zip(runs, $0)) { first, _ in first } } ?? [:]
    var replies = decided[...]
    var answers: [LaunchAnswer] = []
    for request in requests {
      switch request {
      case .failure(let error): answers.append(LaunchAnswer(error: error))
      case .success(let asked):
        switch replies.popFirst() {
        case .launched(let receipt):
          let state = states[receipt.run].map { ControlPlaneAPI.RunState($0) }
          let difference = try? await difference(of: receipt, from: asked)
          answers.append(
            LaunchAnswer(run: receipt.run.number, created: !receipt.isRepeat, state: state, difference: difference))
        case .refused(let error): answers.append(LaunchAnswer(error: APIError(describing: error)))
        case .done, .taken, nil: answers.append(LaunchAnswer(error: APIError(.internal, "the engine gave no receipt")))
        }
      }
    }
    return answers
  }

  /// What the run of a known key was launched for, where that is something else than is asked for now. Which partitions it was launched
  /// with is not kept, and so not compared.
  private func difference(
    of receipt: LaunchReceipt, from asked: Orchestrator.LaunchRequest
  ) async throws -> String? {
    guard receipt.isRepeat, let record = try await history.run(receipt.run) else { return nil }
    let (selection, key) = (asked.selection.description, (asked.clientKey ?? "").quoted)
    guard record.kind != asked.kind || !record.selection.isShort(of: selection) else { return nil }
    let what = record.kind == .checksOnly ? "the checks of '\(record.selection.quoted)'" : "'\(record.selection.quoted)'"
    return
      "run \(receipt.run) has the key '\(key)', and was launched for \(what): nothing was launched for '\(selection.quoted)' now"
  }

  /// What has become of runs once all have ended; nil where nobody waits for that, or not so long.
  private func outcomes(of runs: [RunID], within wait: Duration?) async throws -> [RunOutcome]? {
    guard let wait else { return nil }
    return try await withThrowingTaskGroup(of: [RunOutcome]?.self) { group in
      group.addTask { try await engine.outcomes(of: runs) }
      group.addTask {
        try await Task.sleep(for: wait)
        return nil
      }
      // The daemon's end does not wait for answers.
      group.addTask {
        try await gracefulShutdown()
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  private static func launch(
    _ request: ControlPlaneAPI.LaunchRequest, _ trace: TraceContext?
  ) throws -> Orchestrator.LaunchRequest {
    try request.checkBounds()
    let partitions: Orchestrator.LaunchRequest.Partitions =
      switch request.partitions {
      case nil: .unspecified
      case "all": .all
      case "latest": .latest
      case .some(let text): .text(text)
      }
    return Orchestrator.LaunchRequest(
      try Selection(request.selection), partitions: partitions, kind: request.checksOnly ? .checksOnly : .materialize,
      clientKey: request.clientKey, trace: trace)
  }

  /// A run without its steps.
  func summary(of id: RunID) async throws -> RunSummary {
    let phases = try await engine.read { $0.phaseCounts(of: id) }
    guard let record = try await history.run(id) else {
      throw APIError(.notFound, "there is no run \(id)", mend: "'sluice runs' lists them")
    }
    return RunSummary(record, phases: record.outcome == nil ? phases : nil)
  }

  package func run(_ number: UInt64, wait: Duration? = nil) async throws -> RunDetail {
    let id = RunID(number)
    _ = try await outcomes(of: [id], within: wait)
    let summary = try await summary(of: id)
    let count = try await stepCount(of: id)
    // Many steps are read like what is asked about every asset.
    let progress =
      count > Self.stepPage
      ? try await answering { try await self.progress(of: id, count) } : try await self.progress(of: id, count)
    var budget = DetailBudget(APILimits.detailBytes)
    return RunDetail(run: summary, assets: progress.assets, troubled: try await steps(progress.troubled, &budget))
  }

  /// How far each asset of a run is, and the first of its steps that are in trouble.
  private func progress(
    of id: RunID, _ count: Int
  ) async throws -> (assets: [RunDetail.AssetProgress], troubled: [StepRecord]) {
    var assets: [AssetKey: (location: LocationName, first: Int, counts: [ControlPlaneAPI.StepState: Int])] = [:]
    var troubled: [StepRecord] = []
    // By ordinals: of a run that was pruned a page has fewer steps than it has ordinals.
    for first in stride(from: 0, to: count, by: Self.stepPage) {
      try Task.checkCancellation()
      let page = try await history.steps(of: id, from: first, limit: Self.stepPage)
      for step in page {
        for asset in step.outputs {
          assets[asset, default: (step.location, step.id.ordinal, [:])].counts[
            ControlPlaneAPI.StepState(step.phase), default: 0] += 1
        }
        if [.failed, .rejected, .blocked].contains(step.phase), troubled.count < APILimits.reasonsPerGate {
          troubled.append(step)
        }
      }
    }
    let progress = assets.sorted { ($0.value.first, $0.key) < ($1.value.first, $1.key) }.map { asset, entry in
      RunDetail.AssetProgress(
        asset: asset.description, location: entry.location.description, steps: StepCounts(entry.counts))
    }
    return (progress, troubled)
  }

  package func steps(of number: UInt64, from ordinal: Int, limit: Int) async throws -> [StepSummary] {
    _ = try await summary(of: RunID(number))
    let count = try await stepCount(of: RunID(number))
    guard ordinal < count else { return [] }
    let end = ordinal + min(limit, count - ordinal)
    var (result, budget): ([StepSummary], DetailBudget) = ([], DetailBudget(APILimits.detailBytes))
    // Piece by piece: a record holds more than is shown of it.
    for first in stride(from: ordinal, to: end, by: Self.stepsAtOnce) {
      let page = try await history.steps(of: RunID(number), from: first, limit: min(Self.stepsAtOnce, end - first))
      result += try await steps(page, &budget)
    }
    return result
  }

  private func stepCount(of run: RunID) async throws -> Int { try await history.run(run)?.stepCount ?? 0 }

  package func cancel(_ number: UInt64) async throws -> RunSummary {
    if case .refused(let error) = try await engine.submit(.cancel(RunID(number))) { throw error }
    return try await summary(of: RunID(number))
  }

  private func steps(_ records: [StepRecord], _ budget: inout DetailBudget) async throws -> [StepSummary] {
    let blocking = Set(records.flatMap(\.blockingReasons).map(\.asset))
    let assets = blocking.union(records.flatMap(\.outputs)).sorted()
    // What blocks may be unknown, and what was meant is looked for among all keys.
    let facts =
      blocking.isEmpty
      ? try await asking { $0.facts(of: assets) } : try await answering { try await asking { $0.facts(of: assets) } }
    var mapper = ReasonMapper(history: history, facts: facts, budget: budget)
    defer { budget = mapper.budget }
    let continuation = Continuation(facts: facts)
    let attempts = try await attempts(of: records)
    var result: [StepSummary] = []
    for record in records {
      var reasons: [ControlPlaneAPI.GateReason] = []
      for reason in record.blockingReasons { reasons += try await mapper.map(reason) }
      if record.phase == .rejected { reasons += try await rejections(of: record, &mapper) }
      let failed = (attempts[record.id] ?? []).map { attempt in
        AttemptSummary(mapper.budget.take(attempt.failure?.message.utf8.count ?? 0) ? attempt : attempt.withoutDetail)
      }
      reasons = reasons.map { $0.check == nil ? $0 : continuation.complete($0) }
      result.append(StepSummary(record, failed, reasons: reasons))
    }
    return result
  }

  /// The attempts that did not complete their steps; most steps have none, and are not asked about.
  private func attempts(of records: [StepRecord]) async throws -> [StepID: [AttemptRecord]] {
    let tried = records.filter { $0.attempts > 1 || ($0.attempts == 1 && $0.phase != .succeeded && $0.phase != .running) }
    guard !tried.isEmpty else { return [:] }
    return Dictionary(grouping: try await history.attempts(of: tried.map(\.id)), by: \.step)
  }

  /// The checks that condemned the versions of a rejected step.
  private func rejections(
    of record: StepRecord, _ mapper: inout ReasonMapper
  ) async throws -> [ControlPlaneAPI.GateReason] {
    var reasons: [ControlPlaneAPI.GateReason] = []
    for asset in record.outputs {
      let versions = try await history.versions(
        of: AssetPartition(asset, record.partition), limit: QueryLimits.versionsLookedAt)
      for version in versions where version.step == record.id && version.decision == .rejected {
        reasons += try await mapper.map(.rejected(version.version))
      }
    }
    return reasons
  }
}

extension String {
  /// Whether it is a text, or the beginning of it that is kept.
  fileprivate func isShort(of text: String) -> Bool {
    self == text || (hasSuffix("…") && text.hasPrefix(dropLast()))
  }
}

extension StepRecord {
  var blockingReasons: [Orchestrator.GateReason] {
    if case .blocked(let reasons) = outcome { reasons } else { [] }
  }
}

extension StepSummary {
  init(_ record: StepRecord, _ failed: [AttemptSummary], reasons: [ControlPlaneAPI.GateReason]) {
    self.init(
      ordinal: record.id.ordinal, step: record.step, location: record.location.description,
      assets: record.outputs.map(\.description), partition: record.partition.description,
      state: ControlPlaneAPI.StepState(record.phase),
      attempts: record.attempts, startedAt: (record.startedAt ?? record.grantedAt).map { Instant($0) },
      endedAt: record.finishedAt.map { Instant($0) }, message: record.failure?.message, failedAttempts: failed,
      reasons: reasons)
  }
}

extension AttemptSummary {
  init(_ record: AttemptRecord) {
    self.init(
      number: record.number, state: record.end.rawValue, startedAt: (record.startedAt ?? record.grantedAt).map { Instant($0) },
      endedAt: Instant(record.endedAt), message: record.failure?.message)
  }
}
