// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Yams

extension WorkspaceFile {
  /// Parses the text of a workspace file.
  ///
  /// - Parameter environment: what `${NAME}` in a value stands for.
  /// - Throws: ``WorkspaceError`` with every problem at once; text that is no YAML stops at its first.
  package static func parse(
    _ text: String, path: String, environment: [String: String] = [:]
  ) throws(WorkspaceError) -> WorkspaceFile {
    var reader = WorkspaceReader(substitute: Substitution(environment: environment))
    let locations = reader.locations(in: try root(of: text, path: path))
    reader.problems += WorkspaceConflicts.problems(among: locations)
    guard reader.problems.isEmpty else { throw WorkspaceError(path: path, problems: reader.problems) }
    return WorkspaceFile(path: path, locations: locations.map(\.value))
  }

  private static func root(of text: String, path: String) throws(WorkspaceError) -> Node? {
    do {
      return try compose(yaml: text)
    } catch let error as YamlError {
      throw WorkspaceError(path: path, problems: [problem(of: error, in: text)])
    } catch {
      throw WorkspaceError(path: path, problems: [WorkspaceProblem("\(error)", mend: "write plain YAML")])
    }
  }

  private static func problem(of error: YamlError, in text: String) -> WorkspaceProblem {
    // Between braces YAML ends a value at the variable's own.
    let quoting = text.contains("${") ? "; a value with a variable stands in quotes between braces: \"${NAME}\"" : ""
    let indentation = "check the indentation, the quotes and the brackets around this place\(quoting)"
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
      return WorkspaceProblem(line: mark.line, column: mark.column, "this is not valid YAML: \(problem)", mend: indentation)
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "'\($0)'" }.joined(separator: ", ")
      return WorkspaceProblem(
        line: context.mark.line, column: context.mark.column, "\(names) appears twice in one entry", mend: "keep one of them")
    default:
      return WorkspaceProblem("this is not valid YAML: \(error)", mend: indentation)
    }
  }
}
