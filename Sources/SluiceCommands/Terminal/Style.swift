// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation

/// Colours text, or leaves it alone where nobody would see the colour.
package struct Style: Hashable, Sendable {
  package let isColoured: Bool

  package init(isColoured: Bool) { self.isColoured = isColoured }

  package static let plain = Style(isColoured: false)

  /// Coloured on a terminal, unless `NO_COLOR` is set to anything or the terminal is dumb.
  package static func detect(isTerminal: Bool, environment: [String: String] = ProcessInfo.processInfo.environment) -> Style {
    let refused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    return Style(isColoured: isTerminal && !refused)
  }

  static var out: Style { detect(isTerminal: Console.outIsTerminal) }
  static var error: Style { detect(isTerminal: Console.errorIsTerminal) }

  package func callAsFunction(_ tone: Tone, _ text: Shown) -> Shown {
    guard isColoured, let code = tone.code, !text.isEmpty else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}

/// What a piece of text is to convey.
package enum Tone: Hashable, Sendable {
  case normal, strong, faint, good, bad, warning, active
  /// One of six colours by number, to tell sources apart.
  case source(Int)

  fileprivate var code: String? {
    switch self {
    case .normal: nil
    case .strong: "1"
    case .faint: "2"
    case .good: "32"
    case .bad: "31"
    case .warning: "33"
    case .active: "36"
    case .source(let number): ["36", "35", "34", "32", "33", "95"][abs(number) % 6]
    }
  }
}
