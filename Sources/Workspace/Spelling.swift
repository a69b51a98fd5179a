// SPDX-License-Identifier: Apache-2.0

/// How far a guess goes.
package enum SpellingLimits {
  /// Pairs of bytes that one guess compares; candidates beyond it are not looked at.
  package static let comparisons = 10_000_000
}

/// Finds what somebody probably meant to type.
package enum Spelling {
  /// The closest of the candidates, where one is close enough to be a slip; ties go to the first in sorted order.
  package static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(word.lowercased().utf8)
    var limit = word.count < 3 ? 1 : max(2, word.count / 3)
    var best: String?
    var comparisons = 0
    for candidate in candidates where abs(candidate.utf8.count - wanted.count) <= limit {
      guard comparisons < SpellingLimits.comparisons else { break }
      guard let distance = distance(wanted, Array(candidate.lowercased().utf8), atMost: limit, &comparisons) else { continue }
      if let best, distance == limit, best < candidate { continue }
      (limit, best) = (distance, candidate)
    }
    return best
  }

  /// The edit distance: insertions, deletions and substitutions of bytes; nil as soon as it is known to be beyond a limit.
  private static func distance(_ left: [UInt8], _ right: [UInt8], atMost limit: Int, _ comparisons: inout Int) -> Int? {
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      var least = row[0]
      comparisons += right.count
      for (j, other) in right.enumerated() {
        let above = row[j + 1]
        row[j + 1] = byte == other ? diagonal : 1 + min(diagonal, above, row[j])
        diagonal = above
        least = min(least, row[j + 1])
      }
      if least > limit { return nil }
    }
    return row[right.count] <= limit ? row[right.count] : nil
  }
}
