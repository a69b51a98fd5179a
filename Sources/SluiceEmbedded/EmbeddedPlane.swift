// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import Orchestrator
import Synchronization

/// An execution plane over step runners in this process: no session can break, so there is nothing to resume.
final class EmbeddedPlane: ExecutionPlane {
  /// A location that this process runs.
  struct Host: Sendable {
    let manifest: Manifest
    let digest: ManifestDigest
    let runner: any StepRunning
    let slots: Int
  }

  /// How long reports wait before they are repeated that the store did not confirm.
  static let reportDelay: Duration = .milliseconds(50)

  private enum Work: Sendable {
    case reign
    case orders([Order])
  }

  private let hosts: [LocationName: Host]
  /// Every host, as the engine is to know it.
  let workspace: WorkspaceDefinition
  private let work: AsyncStream<Work>
  private let intake: AsyncStream<Work>.Continuation
  /// Unstructured tasks, since each must be cancellable by its attempt; `serve` outlives none of them.
  private let running = Mutex<[AttemptID: Task<Void, Never>]>([:])

  init(_ hosts: [Host]) {
    workspace = WorkspaceDefinition(locations: hosts.map { LocationDefinition(name: $0.manifest.location) })
    self.hosts = Dictionary(hosts.map { ($0.manifest.location, $0) }) { first, _ in first }
    (work, intake) = AsyncStream.makeStream()
  }

  func reignBegan(_ reign: Reign) { intake.yield(.reign) }
  func deliver(_ orders: [Order]) { intake.yield(.orders(orders)) }

  /// Serves an engine until the task is cancelled.
  func serve(_ engine: Engine) async {
    await withDiscardingTaskGroup { group in
      let reports = ReportPump(engine)
      group.addTask { await reports.run() }
      for await item in work {
        switch item {
        case .reign:
          for host in hosts.values.sorted(by: { $0.manifest.location < $1.manifest.location }) {
            group.addTask { await self.open(host, engine) }
          }
        case .orders(let orders):
          for order in orders { carryOut(order, reports, engine, &group) }
        }
      }
      group.cancelAll()
      await stopSteps()
    }
  }

  private func open(_ host: Host, _ engine: Engine) async {
    let location = host.manifest.location
    // The engine refuses only while its store is away; a new reign opens the session again then. A session of a location that no
    // workspace names would go unheard, and who loads the workspace may come later than this.
    _ = try? await engine.submit([.loadWorkspace(workspace), .manifestReceived(location, host.digest, host.manifest)])
    let unsettled = (try? await host.runner.unsettled()) ?? []
    let attempts = running.withLock { $0.keys.sorted() }.map { KnownAttempt(attempt: $0, reports: []) }
    let status = HostStatus(
      instance: "embedded", manifest: host.digest, slots: host.slots, attempts: attempts, unsettled: unsettled)
    _ = try? await engine.submit(.sessionOpened(location, status))
  }

  private func carryOut(_ order: Order, _ reports: ReportPump, _ engine: Engine, _ group: inout DiscardingTaskGroup) {
    guard let host = hosts[order.location] else { return }
    switch order {
    case .grant(let location, let grant): start(grant, host, location, reports)
    case .cancel(_, let attempt): running.withLock { $0[attempt] }?.cancel()
    case .settle(let location, let settlement):
      group.addTask { await Self.settle(settlement, host, location, engine) }
    }
  }

  private func start(_ grant: Grant, _ host: Host, _ location: LocationName, _ reports: ReportPump) {
    running.withLock { running in
      guard running[grant.attempt] == nil else { return }
      running[grant.attempt] = Task {
        await host.runner.run(grant, reportingTo: PumpedReports(pump: reports, location: location))
        self.running.withLock { $0[grant.attempt] = nil }
      }
    }
  }

  private static func settle(_ settlement: Settlement, _ host: Host, _ location: LocationName, _ engine: Engine) async {
    let isSettled = (try? await host.runner.settle(settlement)) != nil
    // An engine that is away asks again at its next start.
    _ = try? await engine.submit(
      isSettled ? .settled(location, settlement.version) : .settlementFailed(location, settlement.version))
  }

  func reignEnded() {
    for task in running.withLock({ Array($0.values) }) { task.cancel() }
  }

  private func stopSteps() async {
    let tasks = running.withLock { Array($0.values) }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }
}

/// Reports of one attempt on their way into the pump, which takes whatever comes.
private struct PumpedReports: StepReporting {
  let pump: ReportPump
  let location: LocationName

  func keep(_ report: StepReport) { pump.put(report, from: location) }
  func waitForRoom() async {}
}

/// Sends reports in batches, in the order in which they came: what comes while one is made durable forms the next.
final class ReportPump: Sendable {
  private let pending = Mutex<[(LocationName, StepReport)]>([])
  private let signals: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation
  private let engine: Engine

  init(_ engine: Engine) {
    self.engine = engine
    (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func put(_ report: StepReport, from location: LocationName) {
    let isFirst = pending.withLock { pending in
      defer { pending.append((location, report)) }
      return pending.isEmpty
    }
    if isFirst { signal.yield() }
  }

  func run() async {
    for await _ in signals {
      let batch = pending.withLock { pending in
        defer { pending = [] }
        return pending
      }
      for (location, reports) in Self.grouped(batch) { await send(reports, from: location) }
    }
  }

  /// Consecutive reports of one location travel together.
  private static func grouped(_ batch: [(LocationName, StepReport)]) -> [(LocationName, [StepReport])] {
    var result: [(LocationName, [StepReport])] = []
    for (location, report) in batch {
      if result.last?.0 == location {
        result[result.count - 1].1.append(report)
      } else {
        result.append((location, [report]))
      }
    }
    return result
  }

  /// Repeats what the store did not confirm: the core takes each report once.
  private func send(_ reports: [StepReport], from location: LocationName) async {
    while !Task.isCancelled {
      do {
        _ = try await engine.submit(.reports(location, reports))
        return
      } catch {
        guard (error as? EngineError)?.code != .stopped else { return }
        try? await Task.sleep(for: EmbeddedPlane.reportDelay)
      }
    }
  }
}
