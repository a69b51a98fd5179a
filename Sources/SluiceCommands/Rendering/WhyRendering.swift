// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI

/// The answer to `why` as a tree, from the gate asked about down to the root causes.
package struct WhyRendering {
  private let style: Style
  private var lines: [Shown] = []
  /// Reasons whose causes stand in the tree already.
  private var shown: Set<GateReason> = []
  private var roots: [GateReason] = []

  /// How many characters of a value in metadata are written out.
  private static let metadataLength = 300

  /// Renders a report; the last line is the command that continues.
  package static func render(_ report: WhyReport, style: Style) -> Shown {
    var rendering = WhyRendering(style: style)
    rendering.head(report)
    rendering.branches(report.gate.reasons, omitted: report.gate.omitted, indent: "")
    rendering.foot(report)
    return rendering.lines.joined(separator: "\n")
  }

  /// Renders reasons without a head, for a step that is blocked.
  static func tree(_ reasons: [GateReason], indent: Shown, style: Style) -> [Shown] {
    var rendering = WhyRendering(style: style)
    rendering.branches(reasons, omitted: 0, indent: indent)
    return rendering.lines
  }

  private init(style: Style) { self.style = style }

  private mutating func head(_ report: WhyReport) {
    let name = Self.name(report.asset, report.partition ?? "")
    let owner: Shown = report.location.map { "  of \($0)" } ?? ""
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
      let teams = Set(roots.compactMap(\.location)).sorted().joined(separator: ", ").shown
      let count: Shown = roots.count == 1 ? "One root cause" : "\(roots.count) root causes"
      lines += ["", count + (teams.isEmpty ? "." : ", to be mended by \(style(.strong, teams)).")]
    }
    if let command = report.command {
      lines += ["", "Once mended, continue with:", "  " + style(.active, "\(command)")]
    }
  }

  private mutating func branches(_ reasons: [GateReason], omitted: Int, indent: Shown) {
    let groups = ReasonGroup.groups(of: reasons)
    for (index, group) in groups.enumerated() {
      branch(group, indent: indent, isLast: index == groups.count - 1 && omitted == 0)
    }
    if omitted > 0 { lines.append(style(.faint, "\(indent)└─ and \(omitted) more")) }
  }

  private mutating func branch(_ group: ReasonGroup, indent: Shown, isLast: Bool) {
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

  private func headline(_ group: ReasonGroup) -> Shown {
    let reason = group.first
    let name = Self.name(reason.asset, group.partitions) + (group.version.map { " v\($0)" } ?? "")
    let owner: Shown = reason.location.map { style(.faint, "  of \($0)") } ?? ""
    return style(.strong, name) + " " + statement(reason) + owner
  }

  private func statement(_ reason: GateReason) -> Shown {
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
    default: reason.kind.rawValue.shown
    }
  }

  private func details(_ reason: GateReason) -> [Shown] {
    var details: [Shown] = []
    if let check = reason.check {
      let outcome: Shown = reason.outcome.map { "  \(Self.words($0))" } ?? ""
      details.append(style(.bad, "✗") + " " + style(.strong, "\(check)") + style(.faint, outcome))
    }
    details += Self.message(reason.message)
    for (key, value) in (reason.metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
      details.append(Self.inset + style(.faint, "\(key): ") + Self.shortened(value.description))
    }
    return details
  }

  /// What somebody else says stands where no branch of the tree begins, however it is indented itself.
  static func message(_ text: String?) -> [Shown] { Shown.lines(text ?? "", isFlush: true).map { inset + $0 } }

  private static let inset: Shown = "  "

  private static func shortened(_ text: String) -> Shown {
    let cut = Substring(text.unicodeScalars.prefix(metadataLength))
    return Shown.lines(cut).joined(separator: " ") + (cut.endIndex == text.endIndex ? "" : "…")
  }

  private static func words(_ outcome: String) -> String { outcome == "timedOut" ? "timed out" : outcome }

  /// `weather/hourly[2013-11-03]`
  static func name(_ asset: String, _ partition: String) -> Shown { name(asset, partition.shown) }

  static func name(_ asset: String, _ partition: Shown) -> Shown {
    partition.isEmpty ? asset.shown : "\(asset)[\(partition)]"
  }
}
