// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI

/// The answer to `why` as a tree, from the gate asked about down to the root causes.
package struct WhyRendering {
  private let style: Style
  private var lines: [String] = []
  /// Reasons whose causes stand in the tree already.
  private var shown: Set<GateReason> = []
  private var roots: [GateReason] = []

  /// How many entries of a list in metadata are written out.
  private static let metadataLength = 300

  /// Renders a report; the last line is the command that continues.
  package static func render(_ report: WhyReport, style: Style) -> String {
    var rendering = WhyRendering(style: style)
    rendering.head(report)
    rendering.branches(report.gate.reasons, omitted: report.gate.omitted, indent: "")
    rendering.foot(report)
    return rendering.lines.joined(separator: "\n")
  }

  /// Renders reasons without a head, for a step that is blocked.
  static func tree(_ reasons: [GateReason], indent: String, style: Style) -> [String] {
    var rendering = WhyRendering(style: style)
    rendering.branches(reasons, omitted: 0, indent: indent)
    return rendering.lines
  }

  private init(style: Style) { self.style = style }

  private mutating func head(_ report: WhyReport) {
    let name = Self.name(report.asset, report.partition ?? "")
    let owner = report.location.map { "  of \($0)" } ?? ""
    let gate = style(AssetRendering.tone(report.gate.open), AssetRendering.word(report.gate.open))
    lines.append("The gate of \(style(.strong, name))\(owner) is \(gate).")
    if let current = report.current {
      lines.append(style(.faint, "Consumers read v\(current)\(report.gate.open ? "" : " meanwhile")."))
    }
    if !report.gate.open { lines.append("") }
  }

  private mutating func foot(_ report: WhyReport) {
    guard !report.gate.open else { return }
    if roots.count > 1 || report.gate.reasons.contains(where: { !$0.because.isEmpty }) {
      let teams = Set(roots.compactMap(\.location)).sorted().joined(separator: ", ")
      let count = roots.count == 1 ? "One root cause" : "\(roots.count) root causes"
      lines += ["", count + (teams.isEmpty ? "." : ", to be mended by \(style(.strong, teams)).")]
    }
    if let command = report.command {
      lines += ["", "Once mended, continue with:", "  " + style(.active, command)]
    }
  }

  private mutating func branches(_ reasons: [GateReason], omitted: Int, indent: String) {
    let groups = ReasonGroup.groups(of: reasons)
    for (index, group) in groups.enumerated() {
      branch(group, indent: indent, isLast: index == groups.count - 1 && omitted == 0)
    }
    if omitted > 0 { lines.append(style(.faint, "\(indent)└─ and \(omitted) more")) }
  }

  private mutating func branch(_ group: ReasonGroup, indent: String, isLast: Bool) {
    let reason = group.first
    let below = indent + (isLast ? "   " : "│  ")
    let isRepeat = !shown.insert(reason).inserted
    lines.append(
      style(.faint, indent + (isLast ? "└─ " : "├─ ")) + headline(group) + (isRepeat ? style(.faint, "  (as above)") : ""))
    guard !isRepeat else { return }
    if reason.because.isEmpty { roots.append(reason) }
    lines += details(reason).map { style(.faint, below) + $0 }
    branches(reason.because, omitted: reason.omitted, indent: below)
  }

  private func headline(_ group: ReasonGroup) -> String {
    let reason = group.first
    let name = Self.name(reason.asset, group.partitions) + (group.version.map { " v\($0)" } ?? "")
    let owner = reason.location.map { style(.faint, "  of \($0)") } ?? ""
    return style(.strong, name) + " " + statement(reason) + owner
  }

  private func statement(_ reason: GateReason) -> String {
    switch reason.kind {
    case .neverMaterialized: style(.warning, "was never materialized")
    case .rejected: style(.bad, "was rejected")
    case .unevaluated: style(.warning, "was not checked")
    case .noSuchPartition: style(.bad, "is required and does not exist")
    case .ownerAbsent: style(.bad, "has an owner that is not in the workspace")
    case .unresolved: style(.bad, "is defined by no location")
    case .refused: style(.bad, "was refused")
    case .stepFailed: style(.bad, "failed")
    case .stepCancelled: style(.warning, "was cancelled")
    case .blocked: style(.warning, "is blocked")
    case .inFlight: style(.active, "is in flight")
    default: reason.kind.rawValue
    }
  }

  private func details(_ reason: GateReason) -> [String] {
    var details: [String] = []
    if let check = reason.check {
      let outcome = reason.outcome.map { "  \(Self.words($0))" } ?? ""
      details.append(style(.bad, "✗") + " " + style(.strong, check) + style(.faint, outcome))
    }
    let inset = reason.check == nil ? "" : "  "
    details += (reason.message ?? "").split(separator: "\n").map { inset + $0 }
    for (key, value) in (reason.metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
      details.append(inset + style(.faint, "\(key): ") + Self.shortened(value.description))
    }
    return details
  }

  private static func shortened(_ text: String) -> String {
    let line = text.split(separator: "\n").joined(separator: " ")
    return line.count <= metadataLength ? line : line.prefix(metadataLength) + "…"
  }

  private static func words(_ outcome: String) -> String { outcome == "timedOut" ? "timed out" : outcome }

  /// `weather/hourly[2013-11-03]`
  static func name(_ asset: String, _ partition: String) -> String {
    partition.isEmpty ? asset : "\(asset)[\(partition)]"
  }
}
