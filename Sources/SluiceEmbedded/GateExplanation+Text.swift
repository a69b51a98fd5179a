// SPDX-License-Identifier: Apache-2.0

import AssetModel
public import Orchestrator

extension GateExplanation {
  /// The explanation as indented lines, root causes innermost; control and invisible characters of names are written out.
  public var lines: [String] {
    let state = isOpen ? "open" : "closed"
    let mine = [Shown("\(target): \(state)" + reasons.map { ", \($0.sentence)" }.joined()).text]
    let below = because.flatMap { gate in gate.lines.map { "  " + $0 } }
    return mine + below + (omitted > 0 ? ["  … and \(omitted) more"] : [])
  }
}

extension GateReason {
  /// The reason in a few words.
  public var sentence: String {
    switch self {
    case .neverMaterialized: "never materialized"
    case .rejected(let version): "v\(version.number) was rejected by its checks"
    case .notEvaluated(let version, let checks):
      "not passed on v\(version.number): \(checks.map(\.description).joined(separator: ", "))"
    case .noSuchPartition(let target): "there is no partition '\(target.partition)'"
    case .ownerNotInWorkspace(_, let location): "its owner '\(location)' is not in the workspace"
    case .unresolved: "no location defines it"
    case .stepEnded(_, let step, let kind): "its step \(step) in this run was \(kind.rawValue)"
    }
  }
}
