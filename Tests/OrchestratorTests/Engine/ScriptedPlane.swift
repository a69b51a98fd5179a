// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization

/// A location in memory whose steps succeed at once, unless a check is named to fail.
final class ScriptedPlane: ExecutionPlane {
  struct Script: Sendable {
    var failing: Set<String> = []
    var throwing: Set<String> = []
  }

  private let inbox: AsyncStream<[Order]>
  private let outbox: AsyncStream<[Order]>.Continuation
  private let reigns: AsyncStream<Reign>
  private let reignsIn: AsyncStream<Reign>.Continuation
  let script = Mutex(Script())
  let granted = Mutex<[Grant]>([])
  let settled = Mutex<[Settlement]>([])

  init() {
    (inbox, outbox) = AsyncStream.makeStream()
    (reigns, reignsIn) = AsyncStream.makeStream()
  }

  func reignBegan(_ reign: Reign) { reignsIn.yield(reign) }
  func reignEnded() {}
  func deliver(_ orders: [Order]) { outbox.yield(orders) }

  /// Serves an engine until cancelled: opens a session for each manifest, and answers every grant.
  func serve(_ engine: Engine, manifests: [Manifest]) async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        for await _ in self.reigns {
          for manifest in manifests { await self.open(manifest, engine) }
        }
      }
      group.addTask {
        for await orders in self.inbox { await self.carryOut(orders, engine) }
      }
    }
  }

  private func open(_ manifest: Manifest, _ engine: Engine) async {
    let digest = ManifestDigest("digest-\(manifest.location)")
    _ = try? await engine.submit(.manifestReceived(manifest.location, digest, manifest))
    let status = HostStatus(instance: "one", manifest: digest, slots: 64)
    _ = try? await engine.submit(.sessionOpened(manifest.location, status))
  }

  private func carryOut(_ orders: [Order], _ engine: Engine) async {
    for order in orders {
      switch order {
      case .grant(let location, let grant):
        granted.withLock { $0.append(grant) }
        _ = try? await engine.submit(.reports(location, reports(on: grant)))
      case .settle(let location, let settlement):
        settled.withLock { $0.append(settlement) }
        _ = try? await engine.submit(.settled(location, settlement.version))
      case .cancel: break
      }
    }
  }

  private func reports(on grant: Grant) -> [StepReport] {
    let script = script.withLock { $0 }
    if script.throwing.contains(grant.step) {
      return [.started(grant.attempt), .finished(grant.attempt, .failed(StepFailure(kind: .threw, message: "scripted")))]
    }
    func evaluate(_ checks: [CheckIdentity]) -> [CheckEvaluation] {
      checks.map { check in
        let outcome: CheckOutcome = script.failing.contains(check.name) ? .failed : .passed
        return CheckEvaluation(check: check, severity: .block, outcome: outcome, message: "scripted")
      }
    }
    switch grant.work {
    case .materialize(_, let outputs):
      let staged = outputs.map { output in
        StagedOutput(
          asset: output.version.asset, locator: Locator(scheme: "memory", uri: "\(output.version)", format: "none/1"))
      }
      let checked = outputs.filter { !$0.checks.isEmpty }.map { output in
        StepReport.checked(grant.attempt, asset: output.version.asset, evaluate(output.checks))
      }
      return [.started(grant.attempt), .staged(grant.attempt, staged)] + checked + [.finished(grant.attempt, .completed)]
    case .check(let targets):
      let checked = targets.map { StepReport.checked(grant.attempt, asset: $0.target.version.asset, evaluate($0.checks)) }
      return [.started(grant.attempt)] + checked + [.finished(grant.attempt, .completed)]
    }
  }
}
