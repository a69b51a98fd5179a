// SPDX-License-Identifier: Apache-2.0

/// Where a log is written as text: each entry that comes in is one line that goes out, whatever the entry quotes.
package struct EntryStream: TextOutputStream, Sendable {
  private let line: @Sendable (Shown) -> Void

  /// - Parameter line: takes each line, its end included.
  package init(_ line: @escaping @Sendable (Shown) -> Void) { self.line = line }

  /// - Parameter entry: a whole entry, with or without the end of its line.
  package func write(_ entry: String) {
    let scalars = entry.unicodeScalars
    // Not `hasSuffix`: a carriage return before the newline would hide it.
    line(Shown(Substring(scalars.last == "\n" ? scalars.dropLast() : scalars[...])) + "\n")
  }
}
