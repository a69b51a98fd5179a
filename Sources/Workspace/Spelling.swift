// SPDX-License-Identifier: Apache-2.0

/// Finds what somebody probably meant to type.
package enum Spelling {
  /// The closest of the candidates, where one is close enough to be a slip; ties go to the first in sorted order.
  package static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
    let allowed = word.count < 3 ? 1 : max(2, word.count / 3)
    let ranked = candidates.sorted().map { (distance: distance(word.lowercased(), $0.lowercased()), candidate: $0) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= allowed else { return nil }
    return best.candidate
  }

  /// The edit distance: insertions, deletions and substitutions of characters.
  static func distance(_ left: String, _ right: String) -> Int {
    let target = Array(right)
    var row = Array(0...target.count)
    for (i, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in target.enumerated() {
        let substituted = diagonal + (character == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[target.count]
  }
}
