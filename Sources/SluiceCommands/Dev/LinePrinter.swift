// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Prints the lines of several processes, each behind the name of its source.
package struct LinePrinter: Sendable {
  private let width: Int
  private let style: Style
  private let write: @Sendable (Shown) -> Void

  /// Names up to `width` characters are aligned.
  package init(width: Int, style: Style, write: @escaping @Sendable (Shown) -> Void) {
    self.width = width
    self.style = style
    self.write = write
  }

  package func line(_ text: String, from source: String) { write(prefix(source) + text.shown) }

  /// A line of the supervisor itself about a source.
  package func note(_ text: Shown, about source: String, _ tone: Tone = .faint) { write(prefix(source) + style(tone, text)) }

  private func prefix(_ source: String) -> Shown {
    // Not hashValue: a source keeps its colour from one start to the next.
    let number = source.utf8.reduce(7) { ($0 * 31 + Int($1)) % 997 }
    return style(.source(number), source.shown.padded(to: width)) + style(.faint, " │ ")
  }
}
