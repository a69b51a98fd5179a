// SPDX-License-Identifier: Apache-2.0

/// Where a definition is written, for error messages.
package struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
  package let fileID: String
  package let line: Int

  package init(fileID: String, line: Int) {
    self.fileID = fileID
    self.line = line
  }

  package var description: String { "\(fileID):\(line)" }
}
