// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI

/// Partitions, versions, and what is in them, as people read them.
package enum VersionRendering {
  /// One line a partition, and how to see those that follow.
  package static func partitions(_ page: Page<PartitionSummary>, asset: String, style: Style) -> Shown {
    guard !page.items.isEmpty else {
      return page.total == 0 ? "none of \(asset)" : "\(page.total) of \(asset), none from \(page.offset) on"
    }
    var table = Table([
      .left("PARTITION"), .left("STATE"), .left("GATE"), .right("NEWEST"), .right("CURRENT"), .right("RUN"), .left("UPDATED"),
    ])
    for item in page.items {
      table.add([
        .init(item.partition.isEmpty ? "(the only one)" : "\(item.partition)", .strong),
        .init("\(item.state.rawValue)", tone(item.state)), AssetRendering.gate(item.gateOpen), number(item.version),
        number(item.current), .init(item.run.map { "\($0)" } ?? ""), .init(item.updatedAt.map(RunRendering.seconds) ?? ""),
      ])
    }
    let end = page.offset + page.items.count
    guard page.offset > 0 || end < page.total else { return table.render(style) }
    let next: Shown = end < page.total ? "; the next: --offset \(end)" : ""
    return table.render(style) + "\n\n" + style(.faint, "\(page.offset + 1) to \(end) of \(page.total)\(next)")
  }

  private static func number(_ version: UInt32?) -> Table.Cell { .init(version.map { "v\($0)" } ?? "") }

  private static func tone(_ state: PartitionState) -> Tone {
    switch state {
    case .promoted: .good
    case .rejected, .failed: .bad
    case .blocked: .warning
    case .running: .active
    case .missing: .faint
    }
  }

  /// Each version with what the step says about it, and what it was made from.
  package static func versions(_ versions: [VersionDetail], asset: String, style: Style) -> Shown {
    guard !versions.isEmpty else { return "no version yet: sluice why \(shell: asset)" }
    return versions.map { version in
      let state: Shown = "\(version.state)" + (version.current ? ", current" : "")
      let tone: Tone = version.state == "promoted" ? .good : version.state == "rejected" ? .bad : .faint
      var lines: [Shown] = [
        style(.strong, "v\(version.number)") + "  " + style(tone, state)
          + "  \(RunRendering.seconds(version.at))  run \(version.run)"
          + (version.attempt > 1 ? ", attempt \(version.attempt)" : "")
      ]
      lines += version.metadata.sorted { $0.key < $1.key }.map { "  " + style(.faint, "\($0.key): ") + "\($0.value)" }
      lines += version.inputs.map { input in
        "  " + style(.faint, "from ") + WhyRendering.name(input.asset, input.partition) + " v\(input.version)"
          + (input.binding == "gated" ? "" : ", last known good")
      }
      if version.omitted > 0 { lines.append("  " + style(.faint, "from ") + "\(version.omitted) more") }
      // Storage moves what is rejected out of the way.
      if version.state == "promoted", let locator = version.locator, !locator.isInline {
        lines.append("  " + style(.faint, "\(locator.uri)"))
      }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// The rows as a table, long cells cut, and below it which version they are of.
  package static func preview(_ report: PreviewReport, isWide: Bool = false, style: Style) -> Shown {
    // Storage moves what is rejected out of the way.
    let locator = report.state == "promoted" ? report.locator : nil
    let place = locator.map { "  \(uri(of: $0))" as Shown } ?? ""
    let aside: Shown = report.state == "promoted" ? "" : " (\(report.state); consumers do not read it)"
    let name = WhyRendering.name(report.asset, report.partition) + " v\(report.version)" + aside
    guard !report.columns.isEmpty || !report.truncated else {
      return style(.faint, "\(name): \(document(report.locator)), too large to be shown here\(place)")
    }
    var table = Table(report.columns.map { Table.Column.left($0.shown) })
    var cut = 0
    for row in report.rows {
      table.add(
        row.map { cell in
          guard !isWide, cell.count > cellWidth else { return .init(cell.shown) }
          cut += 1
          return .init(Shown(cell.prefix(cellWidth - 1)) + "…")
        })
    }
    let rows: Shown = report.rows.count == 1 ? "1 row" : "\(report.rows.count) rows"
    let more: Shown = report.truncated ? ", more follow" : ""
    let note: Shown =
      cut == 0 ? "" : "\(cut) \(cut == 1 ? "cell is cut: --wide shows all of it" : "cells are cut: --wide shows them whole")\n"
    return (report.columns.isEmpty ? [] : [table.render(style), ""]).joined(separator: "\n")
      + style(.faint, note + "\(name): \(rows)\(more)\(place)")
  }

  /// Characters of a cell that are shown of a longer one.
  private static let cellWidth = 40

  private static func document(_ locator: Locator?) -> Shown {
    let size: Shown = locator?.size.map { " of \(ByteText.of(UInt64(clamping: $0)))" } ?? ""
    return "one document" + (locator.map { " (\($0.format))" } ?? "") + size
  }

  /// An inline locator is the value itself.
  private static func uri(of locator: Locator) -> Shown { locator.isInline ? "kept in the journal" : "\(locator.uri)" }
}
