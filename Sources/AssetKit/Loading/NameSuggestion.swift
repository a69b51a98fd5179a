// SPDX-License-Identifier: Apache-2.0

/// Guesses which of the known names somebody meant.
enum NameSuggestion {
  /// `; did you mean 'x'?`, or nothing when no known name is near.
  static func mend(for name: String, among known: some Sequence<String>) -> String {
    let limit = max(2, name.count / 4)
    let near = known.map { ($0, distance(name, $0)) }.filter { $0.1 <= limit }
    return near.min { ($0.1, $0.0) < ($1.1, $1.0) }.map { "; did you mean '\($0.0)'?" } ?? ""
  }

  /// How many letters must be added, removed or replaced (Levenshtein).
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in right.enumerated() {
        let replaced = diagonal + (letter == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[right.count]
  }
}
