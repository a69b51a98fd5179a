// SPDX-License-Identifier: Apache-2.0

/// Where a definition is written, for error messages: as the compiler names places, so that editors and terminals open them.
package struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
  package let file: String
  package let line: Int
  package let column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `/path/File.swift:12:3`
  package var description: String { "\(file):\(line):\(column)" }
}
