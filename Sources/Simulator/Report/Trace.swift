// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// What happened in one simulation, a line each, for people; shared, so that whoever acts can note it.
final class Trace {
  private(set) var lines: [String] = []

  func add(_ instant: Timestamp, _ text: String) { lines.append("\(instant)        \(text)") }

  func add(_ instant: Timestamp, event number: Int, _ stamped: StampedEvent) {
    let padding = String(repeating: " ", count: max(0, 6 - String(number).count))
    lines.append("\(instant) \(padding)\(number) \(Self.describe(stamped.event))")
  }

  private static func describe(_ event: Event) -> String {
    switch event {
    case .workspaceLoaded(let definition): "workspaceLoaded \(definition.locations.map(\.name))"
    case .manifestAccepted(let location, let digest, let manifest):
      "manifestAccepted '\(location)' \(digest): " + manifest.steps.map(describe).joined(separator: "; ")
    case .runLaunched(let plan):
      "runLaunched \(plan.id) \(plan.kind) \(plan.selection): "
        + plan.nodes.map { "\($0.firstOrdinal): \($0.outputs) \($0.space.describe($0.partitions))" }.joined(separator: "; ")
    case .stepGranted(let grant):
      "stepGranted \(grant.step) attempt \(grant.attempt) '\(grant.location)' [\(grant.partition)] reads "
        + grant.inputs.map { "\($0.asset) \($0.versions.map { "\($0.partition) v\($0.number)" })" }.joined(separator: ", ")
        + " makes " + grant.outputs.map { "\($0.asset) v\($0.number)" }.joined(separator: ", ") + " by \(grant.deadline)"
    case .staged(let step, let attempt, let outputs): "staged \(step) attempt \(attempt) \(outputs.map(\.asset))"
    case .checked(let step, let attempt, let version, let evaluations):
      "checked \(step) attempt \(attempt) \(version) "
        + evaluations.map { "\($0.check.name) \($0.outcome)" }.joined(separator: ", ")
    case .promoted(let version, let step, let attempt, _, _): "promoted \(version) by \(step) attempt \(attempt)"
    case .rejected(let version, let step, let attempt, let by, _):
      "rejected \(version) by \(step) attempt \(attempt): \(by.map(\.name))"
    case .discarded(let version, let step, let attempt): "discarded \(version) of \(step) attempt \(attempt)"
    case .stepFinished(let step, .blocked(let reasons)): "stepFinished \(step) blocked: \(reasons)"
    default: "\(event)"
    }
  }

  private static func describe(_ step: StepSpec) -> String {
    let outputs = step.outputs.map {
      "\($0.key)\($0.checks.map { ($0.severity == .block ? "!" : "?") + $0.identity.description })"
    }
    let reads = step.dependencies.map { "\($0.upstream) \($0.mapping)\($0.binding == .gated ? "" : " \($0.binding)")" }
    return "\(outputs.joined(separator: "+")) from \(reads)"
  }
}
