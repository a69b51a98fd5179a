// SPDX-License-Identifier: Apache-2.0

/// One field of a cron expression: its name, its range and the names that its values may have.
struct CronField: Sendable {
  let name: String
  let range: ClosedRange<Int>
  let names: [String]

  static let all = [
    CronField(name: "minute", range: 0...59, names: []),
    CronField(name: "hour", range: 0...23, names: []),
    CronField(name: "day of month", range: 1...31, names: []),
    CronField(
      name: "month", range: 1...12,
      names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    CronField(name: "day of week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
  ]

  func parse(_ text: Substring) throws(ModelError) -> Set<Int> {
    var result: Set<Int> = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      let step = try parts.count == 2 ? self.step(parts[1]) : 1
      let span = try self.span(parts[0], stepped: parts.count == 2)
      result.formUnion(stride(from: span.lowerBound, through: span.upperBound, by: step))
    }
    return result
  }

  private func span(_ text: Substring, stepped: Bool) throws(ModelError) -> ClosedRange<Int> {
    if text == "*" { return name == "day of week" ? 0...6 : range }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count <= 2 else { throw malformed(text) }
    let low = try value(ends[0])
    let high = ends.count == 2 ? try value(ends[1]) : (stepped ? range.upperBound : low)
    guard low <= high else { throw ModelError(.malformedCron, "'\(text)' ends before it begins") }
    return low...high
  }

  private func step(_ text: Substring) throws(ModelError) -> Int {
    guard let step = Int(text), step > 0, step <= range.upperBound, text.allSatisfy(\.isNumber) else {
      throw ModelError(.malformedCron, "'/\(text)' is no step: write a number from 1 to \(range.upperBound)")
    }
    return step
  }

  private func value(_ text: Substring) throws(ModelError) -> Int {
    if let index = names.firstIndex(of: text.lowercased()) { return index + range.lowerBound }
    guard let number = Int(text), range.contains(number), text.allSatisfy(\.isNumber) else { throw malformed(text) }
    return number
  }

  private func malformed(_ text: Substring) -> ModelError {
    ModelError(.malformedCron, "'\(text)' is no \(name): write \(range.lowerBound) to \(range.upperBound)")
  }
}
