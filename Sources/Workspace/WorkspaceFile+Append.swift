// SPDX-License-Identifier: Apache-2.0

package import AssetModel

extension WorkspaceFile {
  /// The text of a workspace file with one more location at its end; comments and layout stay as they are.
  ///
  /// - Throws: ``WorkspaceError`` where the text is no valid workspace, or would be none with the addition.
  package static func appending(
    name: LocationName, port: Int, executable: String, to text: String, path: String, environment: [String: String] = [:]
  ) throws(WorkspaceError) -> String {
    let before = try parse(text, path: path, environment: environment)
    let indent = indentation(of: text)
    // A carriage return and a newline are one character.
    let end = text.contains("\r\n" as Character) ? "\r\n" : "\n"
    let lines = [
      "- grpc_server: { location_name: \(name), host: 127.0.0.1, port: \(port) }", "  owns: [\"\(name)/*\"]",
      "  executable: \(executable)",
    ]
    let entry = lines.map { "\(indent)\($0)\(end)" }.joined()
    let result = text + (text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? "" : end) + entry
    let after = try parse(result, path: path, environment: environment)
    guard after.locations.dropLast() == before.locations[...] else {
      throw WorkspaceError(
        path: path,
        problems: [
          WorkspaceProblem(
            "the list 'load_from' is not the last thing in the file, in block style", mend: "add this by hand:\n\(entry)")
        ])
    }
    return result
  }

  /// The first port after the highest that the file uses; 4271 in an empty workspace.
  package var nextPort: Int {
    let used = locations.compactMap { location -> Int? in
      if case .tcp(_, let port) = location.address { port } else { nil }
    }
    let next = (used.max() ?? 4_270) + 1
    return next <= 65_535 ? next : (1_024...65_535).first { !used.contains($0) } ?? 4_271
  }

  private static func indentation(of text: String) -> Substring {
    let line = text.split { $0 == "\n" || $0 == "\r\n" }.first { $0.drop { $0 == " " }.hasPrefix("- ") }
    return line.map { $0.prefix { $0 == " " } } ?? "  "
  }
}
