// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// An aligned table of text.
package struct Table: Sendable {
  package struct Column: Sendable {
    let title: Shown
    let isRight: Bool

    package static func left(_ title: Shown) -> Column { Column(title: title, isRight: false) }
    package static func right(_ title: Shown) -> Column { Column(title: title, isRight: true) }
  }

  package struct Cell: Sendable {
    let text: Shown
    let tone: Tone

    package init(_ text: Shown, _ tone: Tone = .normal) {
      self.text = text
      self.tone = tone
    }
  }

  private let columns: [Column]
  private var rows: [[Cell]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; cells that are missing are empty, and cells beyond the columns are left out.
  package mutating func add(_ cells: [Cell]) {
    let missing = max(0, columns.count - cells.count)
    rows.append(Array(cells.prefix(columns.count)) + Array(repeating: Cell(""), count: missing))
  }

  /// The title line and one line a row, two spaces between columns, no spaces at the ends of lines.
  package func render(_ style: Style) -> Shown {
    let widths = columns.indices.map { column in
      ([columns[column].title] + rows.map { $0[column].text }).map(\.width).max() ?? 0
    }
    let titles = columns.map { Cell($0.title, .faint) }
    return ([titles] + rows).map { line($0, widths, style) }.joined(separator: "\n")
  }

  private func line(_ cells: [Cell], _ widths: [Int], _ style: Style) -> Shown {
    var result: Shown = ""
    var pending: Shown = ""
    for (index, cell) in cells.enumerated() {
      let padding = Shown.spaces(widths[index] - cell.text.width)
      if columns[index].isRight { pending += padding }
      if !cell.text.isEmpty {
        result += pending + style(cell.tone, cell.text)
        pending = ""
      }
      if !columns[index].isRight { pending += padding }
      pending += "  "
    }
    return result
  }
}
