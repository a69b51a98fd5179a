// SPDX-License-Identifier: Apache-2.0

/// Puts variables of the environment into the values of a workspace file: `${NAME}`, or `${NAME:-default}` where it may be unset or
/// empty; `$$` is a dollar sign. Any other dollar sign stays as it is.
///
/// Values are replaced after the YAML was read, so that what a variable holds is text, whatever it holds.
struct Substitution {
  let environment: [String: String]

  struct Problem: Error {
    let message: String
    let mend: String
  }

  func callAsFunction(_ text: String) throws(Problem) -> String {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    var result = ""
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.popFirst() {
      guard scalar == "$", let next = rest.first, next == "$" || next == "{" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      rest.removeFirst()
      result += next == "$" ? "$" : try value(behind: &rest)
    }
    return result
  }

  /// The value of what stands behind `${`, up to the brace that closes it.
  private func value(behind rest: inout Substring.UnicodeScalarView) throws(Problem) -> String {
    guard let end = rest.firstIndex(of: "}") else {
      throw Problem(message: "'${' has no '}' behind it", mend: "write '${NAME}', or '$$' for a dollar sign")
    }
    let inside = String(rest[..<end])
    rest = rest[rest.index(after: end)...]
    let name = String(inside.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
    let behind = inside.dropFirst(name.count)
    guard let first = name.first, !first.isNumber, behind.isEmpty || behind.hasPrefix(":-"), !behind.contains("${") else {
      throw Problem(
        message: "'${\(inside.prefix(Self.shown))}' is no variable",
        mend: "write '${NAME}' or '${NAME:-default}', or '$$' for a dollar sign")
    }
    if let value = environment[name], !value.isEmpty || behind.isEmpty { return value }
    guard behind.isEmpty else { return String(behind.dropFirst(2)) }
    throw Problem(
      message: "the environment has no variable '\(name.prefix(Self.shown))'",
      mend: "set it, write a default as '${\(name.prefix(Self.shown)):-default}', or '$$' for a dollar sign")
  }

  /// How many characters of a variable an error names.
  private static let shown = 60
}
