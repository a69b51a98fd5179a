// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// What `validate` answers.
package struct ValidationReport: Hashable, Sendable, Codable {
  package var valid: Bool { problems.isEmpty }
  package var problems: [ManifestReview.Finding] = []
  /// Locations whose manifests were looked at, with the number of their assets.
  package var checked: [String: Int] = [:]
  /// Locations that nobody could be asked about.
  package var unchecked: [String] = []

  private enum CodingKeys: CodingKey { case valid, problems, checked, unchecked }

  package init() {}

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    problems = try fields.decode([ManifestReview.Finding].self, forKey: .problems)
    checked = try fields.decode([String: Int].self, forKey: .checked)
    unchecked = try fields.decode([String].self, forKey: .unchecked)
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(valid, forKey: .valid)
    try fields.encode(problems, forKey: .problems)
    try fields.encode(checked, forKey: .checked)
    try fields.encode(unchecked, forKey: .unchecked)
  }

  /// One verdict a location, its problems below it; what concerns no location comes first.
  package func text(_ style: Style) -> Shown {
    let byLocation = Dictionary(grouping: problems, by: \.location)
    var lines: [Shown] = (byLocation[""] ?? []).map {
      "\(style(.bad, "✗")) \(style(.strong, "\($0.definition)")): \(Shown.block($0.message, indent: "  "))"
    }
    for location in Set(checked.keys).union(byLocation.keys).sorted() where !location.isEmpty {
      let found = byLocation[location] ?? []
      let assets = checked[location].map { Self.count($0, "asset") }
      let verdict = [assets, found.isEmpty ? nil : Self.count(found.count, "problem")].compactMap(\.self).joined(separator: ", ")
      lines.append("\(found.isEmpty ? style(.good, "✓") : style(.bad, "✗")) \(style(.strong, "\(location)")): \(verdict)")
      lines += found.flatMap { finding in
        let text = [finding.definition, finding.message].filter { !$0.isEmpty }.joined(separator: ": ")
        return Shown.lines(text).map { "    " + $0 }
      }
    }
    lines += unchecked.map {
      "\(style(.warning, "?")) \($0): not checked, since it names no executable and no daemon knows it"
    }
    lines.append(valid ? style(.good, "valid") : style(.bad, Self.count(problems.count, "problem")))
    return lines.joined(separator: "\n")
  }

  private static func count(_ number: Int, _ noun: Shown) -> Shown { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
