// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Writes metrics in Prometheus' text format, version 0.0.4.
package struct PrometheusText {
  package enum Kind: String { case counter, gauge, histogram }

  package typealias Sample = (labels: [(name: String, value: String)], value: Double)

  package private(set) var text = ""

  package init() {}

  package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
    add(name, kind, help, [([], value)])
  }

  package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
    head(name, kind, help)
    for sample in samples { line(name, sample.labels, sample.value) }
  }

  package mutating func add(_ name: String, _ help: String, _ histogram: Histogram) {
    head(name, .histogram, help)
    for (bound, count) in histogram.cumulative { line("\(name)_bucket", [("le", "\(bound)")], Double(count)) }
    line("\(name)_bucket", [("le", "+Inf")], Double(histogram.total))
    line("\(name)_sum", [], histogram.sum)
    line("\(name)_count", [], Double(histogram.total))
  }

  /// Words for people, which programs pass over.
  package mutating func remark(_ words: String) {
    text += "# \(Shown(words))\n"
  }

  private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(Self.oneLine(help))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
    let list = labels.map { "\($0.name)=\"\(Self.escape($0.value))\"" }.joined(separator: ",")
    text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(Self.number(value))\n"
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  /// As the format has it for a backslash, a quote and a newline; other characters that are not seen are written out before.
  private static func escape(_ value: String) -> String {
    let lines = value.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.map { line in
      var result = String.UnicodeScalarView()
      for scalar in Shown(Substring(line)).text.unicodeScalars {
        if scalar == "\\" || scalar == "\"" { result.append("\\") }
        result.append(scalar)
      }
      return String(result)
    }.joined(separator: "\\n")
  }

  /// What stands after `# HELP`: one line, in which a backslash begins an escape.
  private static func oneLine(_ help: String) -> String {
    Shown(help).text.unicodeScalars.map { $0 == "\\" ? "\\\\" : String($0) }.joined()
  }
}
