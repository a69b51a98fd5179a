// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Foundation

extension Auditor {
  private static let page = 1_000

  /// Every acknowledged key leads to its run, and to no new one.
  func auditKeys() async throws {
    let office = Office(desk: desk, ledger: ledger, trace: .silent)
    let orders = ledger.acknowledged.map(\.order)
    for start in stride(from: 0, to: orders.count, by: Self.page) {
      try await office.perform(.launchMany(Array(orders[start..<min(start + Self.page, orders.count)])))
    }
  }

  func auditRuns(_ history: History) async throws {
    let runs = try await allRuns()
    let byID = Dictionary(runs.map { ($0.id, $0) }) { first, _ in first }
    expect(byID.count == runs.count, .acknowledged, "the list of runs names one twice")
    let entries = ledger.byRun
    auditStrangers(runs.filter { entries[$0.id] == nil })
    for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
      guard let run = byID[id] else {
        expect(false, .acknowledged, "run \(id) of '\(entry.order.key)' is gone")
        continue
      }
      try await audit(run, entry, history)
    }
  }

  /// Runs whose acknowledgement was lost: each was asked for.
  private func auditStrangers(_ runs: [RunSummary]) {
    var asked = ledger.unanswered.map { $0.assets.joined(separator: ",") }
    for run in runs {
      guard let index = asked.firstIndex(of: run.selection) else {
        expect(false, .acknowledged, "nobody asked for run \(run.id) of \(run.selection)")
        continue
      }
      asked.remove(at: index)
      expect(run.state.isFinal, .rest, "run \(run.id) is \(run.state.rawValue) at rest")
    }
  }

  private func allRuns() async throws -> [RunSummary] {
    var all: [RunSummary] = []
    while true {
      let page = try await desk.client.runs(before: all.last?.id, limit: Self.page)
      all += page
      if page.count < Self.page { return all }
    }
  }

  private func audit(_ run: RunSummary, _ entry: Ledger.Entry, _ history: History) async throws {
    expect(
      run.selection == entry.order.assets.joined(separator: ","), .acknowledged,
      "run \(run.id) selects '\(run.selection)', and '\(entry.order.key)' asked for \(entry.order.assets)")
    let planned = catalogue.stepCount(of: entry.order)
    expect(run.steps.total == planned, .acknowledged, "run \(run.id) has \(run.steps.total) steps, not \(planned)")
    expect(run.state.isFinal, .rest, "run \(run.id) is \(run.state.rawValue) at rest")
    let ends = history.runEnds[run.id] ?? []
    expect(ends == [run.state], .outcome, "run \(run.id) is \(run.state.rawValue); the journal ended it as \(ends)")
    auditCancellation(run, entry, history)
    guard auditedRuns.insert(run.id).inserted else { return }
    try await auditSteps(of: run, entry, history)
  }

  private func auditCancellation(_ run: RunSummary, _ entry: Ledger.Entry, _ history: History) {
    if run.state == .cancelled {
      expect(entry.cancelAsked, .cancelled, "run \(run.id) is cancelled, and nobody asked for it")
    }
    guard let cancelled = entry.cancelled, let ended = run.endedAt?.date else { return }
    let endedLater = ended > cancelled.addingTimeInterval(CrashLimits.clockTolerance)
    expect(
      !endedLater || run.state == .cancelled || run.state == .failed, .cancelled,
      "run \(run.id) ended as \(run.state.rawValue) at \(ended), after its cancellation was acknowledged at \(cancelled)")
  }

  // MARK: Steps

  private func auditSteps(of run: RunSummary, _ entry: Ledger.Entry, _ history: History) async throws {
    let steps = try await desk.client.steps(run: run.id, from: 0, limit: Self.page)
    expect(steps.count == run.steps.total, .outcome, "run \(run.id) lists \(steps.count) steps of \(run.steps.total)")
    let states = steps.map(\.state)
    expect(run.state == Self.worst(of: states), .outcome, "run \(run.id) is \(run.state.rawValue) with steps \(states)")
    let siblings = Dictionary(
      grouping: steps.flatMap { step in step.assets.map { (Place(asset: $0, partition: step.partition), step) } }
    ) { $0.0 }
    let byPlace = siblings.compactMapValues { $0.first?.1 }
    for step in steps {
      auditEnd(of: step, run, history)
      auditReason(of: step, run, entry, byPlace)
    }
  }

  private static func worst(of states: [StepState]) -> RunState {
    if states.contains(where: { $0 == .failed || $0 == .rejected }) { return .failed }
    if states.contains(.cancelled) { return .cancelled }
    return states.contains(.blocked) ? .blocked : .succeeded
  }

  private func auditEnd(of step: StepSummary, _ run: RunSummary, _ history: History) {
    let key = StepKey(run: run.id, ordinal: step.ordinal)
    expect(step.state.isFinal, .rest, "step \(key) (\(step.step)[\(step.partition)]) is \(step.state.rawValue) at rest")
    let ends = (history.stepEnds[key] ?? []).map(\.state)
    expect(ends == [step.state], .outcome, "step \(key) is \(step.state.rawValue); the journal ended it as \(ends)")
    let settled = step.assets.flatMap { asset in
      (history.versions[Place(asset: asset, partition: step.partition)] ?? []).filter { $0.step == key && $0.end != .discarded }
    }
    switch step.state {
    case .succeeded:
      expect(
        settled.count == step.assets.count && settled.allSatisfy { $0.end == .promoted }, .once,
        "step \(key) succeeded with \(settled)")
    case .rejected:
      expect(
        settled.count == step.assets.count && settled.contains { $0.end == .rejected }, .once,
        "step \(key) was rejected with \(settled)")
    default: expect(settled.isEmpty, .once, "step \(key) is \(step.state.rawValue), and committed \(settled)")
    }
  }

  /// Whether the model allows a step to end as it did.
  private func auditReason(of step: StepSummary, _ run: RunSummary, _ entry: Ledger.Entry, _ steps: [Place: StepSummary]) {
    let name = "step \(run.id).\(step.ordinal) (\(step.step)[\(step.partition)], \(step.attempts) attempts)"
    let reads = step.assets.flatMap { catalogue.definitions[$0]?.reads ?? [] }
    switch step.state {
    case .succeeded, .rejected:
      expect(!step.step.hasSuffix(Catalogue.doomed), .outcome, "\(name) made something")
      let needed = step.step.hasSuffix(Catalogue.flaky) ? 2 : 1
      expect(step.attempts >= needed, .outcome, "\(name) is \(step.state.rawValue) without the attempts that it takes")
    case .failed:
      let isAllowed = step.step.hasSuffix(Catalogue.doomed) || step.message?.contains("was lost") == true
      expect(isAllowed, .outcome, "\(name) failed: \(step.message ?? "without a word")")
    case .cancelled: expect(entry.cancelAsked, .cancelled, "\(name) is cancelled, and nobody asked for it")
    case .blocked:
      let upstreams = reads.map { steps[Place(asset: $0.key, partition: step.partition)]?.state }
      expect(!upstreams.isEmpty, .outcome, "\(name) reads nothing, and is blocked")
      let areInRun = step.partition != "" && upstreams.allSatisfy { $0 != nil }
      expect(
        !areInRun || upstreams.contains { $0 != .succeeded }, .outcome,
        "\(name) is blocked, and all that it reads succeeded in its run")
    case .waiting, .running: break
    }
  }
}

extension Instant {
  var date: Date { Date(timeIntervalSince1970: Double(timestamp.microseconds) / 1e6) }
}
