// SPDX-License-Identifier: Apache-2.0

/// An aligned table of text.
package struct Table: Sendable {
  package struct Column: Sendable {
    let title: String
    let isRight: Bool

    package static func left(_ title: String) -> Column { Column(title: title, isRight: false) }
    package static func right(_ title: String) -> Column { Column(title: title, isRight: true) }
  }

  package struct Cell: Sendable, ExpressibleByStringInterpolation {
    let text: String
    let tone: Tone

    package init(_ text: String, _ tone: Tone = .normal) {
      self.text = text
      self.tone = tone
    }

    package init(stringLiteral text: String) { self.init(text) }
  }

  private let columns: [Column]
  private var rows: [[Cell]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  package mutating func add(_ cells: [Cell]) { rows.append(cells) }

  /// The title line and one line a row, two spaces between columns, no spaces at the ends of lines.
  package func render(_ style: Style) -> String {
    let widths = columns.indices.map { column in
      ([columns[column].title] + rows.map { $0[column].text }).map(\.count).max() ?? 0
    }
    let titles = columns.map { Cell($0.title, .faint) }
    return ([titles] + rows).map { line($0, widths, style) }.joined(separator: "\n")
  }

  private func line(_ cells: [Cell], _ widths: [Int], _ style: Style) -> String {
    var result = ""
    var pending = ""
    for (index, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: widths[index] - cell.text.count)
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
