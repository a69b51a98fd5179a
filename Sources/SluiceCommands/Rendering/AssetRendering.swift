// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI

/// Assets as people read them.
package enum AssetRendering {
  /// One line an asset.
  package static func list(_ assets: [AssetSummary], style: Style) -> Shown {
    guard !assets.isEmpty else { return "no assets yet: 'sluice locations' shows which locations are connected" }
    var table = Table([.left("ASSET"), .left("LOCATION"), .left("GATE"), .right("PROMOTED"), .left("ELSE")])
    for asset in assets {
      table.add([
        .init("\(asset.key)", .strong), .init("\(asset.location)"), asset.gateOpen.map(gate) ?? unknown,
        asset.partitions.map { .init("\($0.promoted)/\($0.total)") } ?? unknown, asset.partitions.map(rest) ?? .init(""),
      ])
    }
    let uncounted = assets.count { $0.partitions == nil }
    let note: [Shown] =
      uncounted > 0 ? ["", "the partitions of \(uncounted) assets were not looked at: ask for fewer assets at once"] : []
    let problems: [Shown] = assets.compactMap { asset in
      asset.problem.map { "\(style(.bad, "✗")) \(style(.strong, "\(asset.key)")): \($0)" }
    }
    return ([table.render(style)] + note + (problems.isEmpty ? [] : [""]) + problems).joined(separator: "\n")
  }

  /// Everything about one asset.
  package static func detail(_ asset: AssetDetail, style: Style) -> Shown {
    var lines: [Shown] = [
      style(.strong, "\(asset.key)") + "  of \(asset.location)  gate \(style(tone(asset.gate.open), word(asset.gate.open)))"
    ]
    if let description = asset.description { lines += Shown.lines(description).map { "  " + $0 } }
    lines.append("")
    lines += facts(asset).map { style(.faint, $0.0.padded(to: 14)) + $0.1 }
    lines += section("checks", asset.checks.map(check), style)
    lines += section("reads", asset.dependencies.map(dependency), style)
    lines += section("read by", asset.dependents.map(\.shown), style)
    if !asset.gate.open {
      lines += ["", style(.faint, "why it is closed: ") + "sluice why \(shell: asset.key)"]
    }
    return lines.joined(separator: "\n")
  }

  private static func facts(_ asset: AssetDetail) -> [(Shown, Shown)] {
    var facts: [(Shown, Shown)] = [
      ("partitions", counts(asset.partitions)), ("partitioning", partitioning(asset.partitioning)),
    ]
    if let latest = asset.latest {
      let partition: Shown = latest.partition.isEmpty ? "" : " of \(latest.partition)"
      facts.append(("latest", "v\(latest.number)\(partition), \(latest.at)"))
      facts += latest.metadata.sorted { $0.key < $1.key }.map { ("  \($0.key)", "\($0.value)") }
    }
    if let columns = asset.columns {
      facts += columns.enumerated().map { index, column in
        (index == 0 ? "columns" : "", "\(column.name)" + (column.type.map { "  \($0)" } ?? ""))
      }
    }
    facts.append(("group", "\(asset.group)"))
    let lists: [(Shown, [String])] = [
      ("kinds", asset.kinds), ("owners", asset.owners), ("shared with", asset.sharedWith),
      ("tags", asset.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }),
    ]
    facts += lists.filter { !$0.1.isEmpty }.map { ($0.0, $0.1.joined(separator: ", ").shown) }
    if let version = asset.codeVersion { facts.append(("code version", "\(version)")) }
    return facts
  }

  /// `363 promoted, 2 rejected, of 365`
  package static func counts(_ counts: PartitionCounts) -> Shown {
    let parts: [Shown] = PartitionState.allCases.filter { counts[$0] > 0 }.map { "\(counts[$0]) \($0.rawValue)" }
    return parts.joined(separator: ", ") + (counts.total == 1 ? "" : ", of \(counts.total)")
  }

  private static func partitioning(_ value: Partitioning) -> Shown {
    guard let first = value.first, let last = value.last else { return value.kind == .single ? "none" : "\(value.kind.rawValue)" }
    return "\(value.kind.rawValue), \(first) to \(last)" + (value.zone.map { " (\($0))" } ?? "")
      + (value.includesOpenWindow == true ? ", with the open window" : "")
  }

  private static func check(_ check: AssetDetail.DeclaredCheck) -> Shown {
    check.name.shown + (check.version.map { " (version \($0))" } ?? "") + (check.severity == "warn" ? "  warns only" : "")
  }

  private static func dependency(_ dependency: AssetDetail.Dependency) -> Shown {
    let notes: [Shown] = [
      dependency.location.map { "of \($0)" } ?? "which no location defines",
      dependency.mapping == "all" ? "every partition" : "", dependency.binding == "gated" ? "" : "last known good",
    ]
    return "\(dependency.asset)  \(notes.filter { !$0.isEmpty }.joined(separator: ", "))"
  }

  private static func section(_ title: Shown, _ items: [Shown], _ style: Style) -> [Shown] {
    items.enumerated().map { style(.faint, ($0.offset == 0 ? title : "").padded(to: 14)) + $0.element }
  }

  private static func rest(_ counts: PartitionCounts) -> Table.Cell {
    let parts = PartitionState.allCases.filter { $0 != .promoted && counts[$0] > 0 }
    let isBad = counts.rejected + counts.failed + counts.blocked > 0
    return .init(parts.map { "\(counts[$0]) \($0.rawValue)" as Shown }.joined(separator: ", "), isBad ? .bad : .faint)
  }

  /// What was not looked at.
  private static let unknown = Table.Cell("?", .faint)

  static func gate(_ isOpen: Bool) -> Table.Cell { .init(word(isOpen), tone(isOpen)) }
  static func word(_ isOpen: Bool) -> Shown { isOpen ? "open" : "closed" }
  static func tone(_ isOpen: Bool) -> Tone { isOpen ? .good : .bad }
}
