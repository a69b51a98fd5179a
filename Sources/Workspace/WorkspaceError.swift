// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// One thing that is wrong with a workspace file: where, what, and how to mend it.
package struct WorkspaceProblem: Hashable, Sendable, Comparable {
  /// Counted from 1; 0 where the problem is the file itself.
  package let line: Int
  /// Counted from 1; 0 where the problem is the file itself.
  package let column: Int
  package let message: String
  package let mend: String

  package init(line: Int = 0, column: Int = 0, _ message: String, mend: String) {
    self.line = line
    self.column = column
    self.message = message
    self.mend = mend
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.line, left.column, left.message) < (right.line, right.column, right.message)
  }
}

/// Everything that is wrong with a workspace file, in the order of its lines.
package struct WorkspaceError: Error, Hashable, Sendable, ShownConvertible, CustomStringConvertible {
  package let path: String
  /// Never empty.
  package let problems: [WorkspaceProblem]

  package init(path: String, problems: [WorkspaceProblem]) {
    self.path = path
    self.problems = problems.sorted()
  }

  /// Two lines a problem: `workspace.yaml:7:5: what is wrong`, and the mend below it.
  package var description: String { shown.text }

  package var shown: Shown {
    problems.map { problem -> Shown in
      let place: Shown = problem.line == 0 ? "\(path)" : "\(path):\(problem.line):\(problem.column)"
      return "\(place): \(Shown.block(problem.message))\n  mend: \(Shown.block(problem.mend))"
    }.joined(separator: "\n")
  }
}
