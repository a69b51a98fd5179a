// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Adds a team to the text of `Package.swift`.
package enum PackageManifestEdit {
  /// The text with one more `+ team(...)` line below the last one.
  ///
  /// - Throws: ``CommandFailure`` where the text has no such line, or names one of the team's targets already.
  package static func adding(_ names: TeamNames, to text: String) throws -> String {
    for target in [names.library, "\(names.library)Tests", names.executable] where text.contains("\"\(target)\"") {
      throw CommandFailure("Package.swift has a target \"\(target)\" already", mend: "choose another name")
    }
    // By scalars: a carriage return and a newline are one character, and the return stays at its line's end.
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    guard let last = lines.lastIndex(where: { $0.drop { $0 == " " }.hasPrefix("+ team(") }),
      let end = endOfCall(lines, from: last)
    else {
      throw CommandFailure(
        "Package.swift has no line that begins with '+ team('",
        mend: "add this to its targets by hand: \(line(names))")
    }
    let indent = String(lines[last].prefix { $0 == " " })
    lines.insert(indent + line(names) + (lines[end].unicodeScalars.last == "\r" ? "\r" : ""), at: end + 1)
    return lines.joined(separator: "\n")
  }

  private static func line(_ names: TeamNames) -> String {
    "+ team(\"\(names.type)\", library: \"\(names.library)\", executables: [\"\(names.executable)\": \"Main\"])"
  }

  /// The line on which the parenthesis opened on `start` closes.
  private static func endOfCall(_ lines: [String], from start: Int) -> Int? {
    var depth = 0
    for (index, line) in lines.enumerated().dropFirst(start) {
      for character in line {
        if character == "(" { depth += 1 }
        if character == ")" { depth -= 1 }
        if character == ")", depth == 0 { return index }
      }
    }
    return nil
  }
}
