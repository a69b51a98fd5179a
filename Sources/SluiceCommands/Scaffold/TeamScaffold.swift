// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Foundation
import Workspace

/// Adds a team to a checkout: its folder, its targets, its entry in the workspace.
package struct TeamScaffold {
  /// The folder with `Package.swift`.
  package let root: URL
  package let workspace: String

  package init(root: URL, workspace: String = "workspace.yaml") {
    self.root = root
    self.workspace = workspace
  }

  /// What was written: paths relative to the root, sorted.
  package struct Result: Hashable, Sendable, Codable {
    package let location: String
    package let port: Int
    package let files: [String]
  }

  /// Checks everything first, then writes; a team that exists is refused and nothing is touched.
  ///
  /// - Throws: ``CommandFailure``, or `WorkspaceError` for a workspace file that has problems of its own.
  package func add(_ names: TeamNames) throws -> Result {
    let folder = "CodeLocations/\(names.type)"
    guard !FileManager.default.fileExists(atPath: root.appending(path: folder).path) else {
      throw CommandFailure("\(folder) exists already", mend: "choose another name, or remove the folder")
    }
    let package = try PackageManifestEdit.adding(names, to: try read("Package.swift"))
    let workspaceText = try read(workspace)
    let path = root.appending(path: workspace).path
    let environment = ProcessInfo.processInfo.environment
    let port = try WorkspaceFile.parse(workspaceText, path: path, environment: environment).nextPort
    let edited = try WorkspaceFile.appending(
      name: names.location, port: port, executable: ".build/debug/\(names.executable)", to: workspaceText, path: path,
      environment: environment)
    let files = TeamTemplate.files(for: names)
    for (file, text) in files { try write(text, to: "\(folder)/\(file)") }
    try write(package, to: "Package.swift")
    try write(edited, to: workspace)
    return Result(
      location: names.location.description, port: port,
      files: (files.keys.map { "\(folder)/\($0)" } + ["Package.swift", workspace]).sorted())
  }

  private func read(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: root.appending(path: path).path) else {
      throw CommandFailure(
        "there is no \(path) in \(root.path)", mend: "run this in the root of the checkout, or name it with --directory")
    }
    return String(decoding: data, as: UTF8.self)
  }

  private func write(_ text: String, to path: String) throws {
    let url = root.appending(path: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url, options: .atomic)
  }
}
