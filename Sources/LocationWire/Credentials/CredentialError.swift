// SPDX-License-Identifier: Apache-2.0

/// Why a proof cannot be given or is not taken: what is wrong, where, and the mend where there is one.
///
/// What a peer did not prove is said in words that tell no more than that; the rest is for the log of whoever checked it.
package struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// What it says on one line, for a cell of a table and a line of a log.
  package var line: String {
    let lines = description.split(separator: "\n").map { $0.drop { $0 == " " } }
    return lines.dropFirst().reduce(into: String(lines.first ?? "")) { line, next in
      line += (next.hasPrefix("mend:") ? "; " : " ") + next
    }
  }
}
