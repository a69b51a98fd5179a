// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Foundation

/// Writes a team's own package into a folder that is not there yet, or is empty.
package struct PackageScaffold {
  /// The package's folder.
  package let folder: URL
  package let source: SluiceSource

  package init(folder: URL, source: SluiceSource) {
    self.folder = folder
    self.source = source
  }

  /// - Parameters:
  ///   - folder: The package's folder.
  ///   - place: Where Sluice is to be had: a git URL, or the path of a checkout.
  ///   - version: The oldest release that will do, of a URL.
  /// - Throws: ``CommandFailure`` where no checkout is at the path.
  package init(folder: URL, place: String, version: String) throws {
    source = try SluiceSource(place, version: version) { place in
      let checkout = URL(fileURLWithPath: place).standardizedFileURL
      let manifest = FileManager.default.contents(atPath: checkout.appending(path: "Package.swift").path) ?? Data()
      guard String(decoding: manifest, as: UTF8.self).contains("name: \"sluice\"") else {
        throw CommandFailure(
          "there is no checkout of Sluice in \(checkout.path)",
          mend: "name one, or the URL of its git repository, with --sluice")
      }
      return Self.path(from: folder, to: checkout)
    }
    self.folder = folder
  }

  /// Checks everything first, then writes; a folder with anything in it is refused, and nothing is touched.
  ///
  /// - Throws: ``CommandFailure``.
  package func write(_ names: TeamNames) throws -> TeamScaffold.Result {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    if files.fileExists(atPath: folder.path, isDirectory: &isFolder) {
      guard isFolder.boolValue, try files.contentsOfDirectory(atPath: folder.path).isEmpty else {
        throw CommandFailure("\(folder.path) exists already, and is not empty", mend: "name a new folder with --package")
      }
    }
    let texts = PackageTemplate.files(for: names, from: source)
    for (path, text) in texts {
      let url = folder.appending(path: path)
      try files.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url, options: .atomic)
      if text.hasPrefix("#!") { try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path) }
    }
    return TeamScaffold.Result(
      location: names.location.description, port: PackageTemplate.port, files: texts.keys.sorted())
  }

  /// What leads from one folder to another.
  static func path(from: URL, to: URL) -> String {
    let start = from.standardizedFileURL.pathComponents
    let end = to.standardizedFileURL.pathComponents
    let common = zip(start, end).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: start.count - common) + end.dropFirst(common)
    return steps.isEmpty ? "." : steps.joined(separator: "/")
  }
}
