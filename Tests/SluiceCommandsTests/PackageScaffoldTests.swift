// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import SluiceCommands
import Testing
import Workspace

@Suite("sluice init --package")
struct PackageScaffoldTests {
  /// Where this fails, write it anew:
  ///
  ///     rm -r Examples/OwnRepository && sluice init tides --package Examples/OwnRepository
  @Test func `The example is what is written, byte for byte`() throws {
    let folder = RepositoryFile.url("Examples/OwnRepository")
    let written = try Self.folder()
    _ = try PackageScaffold(folder: written, source: .checkout(path: "../..")).write(try TeamNames("tides"))
    #expect(try Self.contents(of: written) == Self.contents(of: folder))
  }

  @Test func `Everything that a repository of its own needs is there, under no licence of ours`() throws {
    let root = try Self.folder()
    let source = SluiceSource.release(url: "https://git.example.com/data/Sluice.git", version: "0.1.0")
    let result = try PackageScaffold(folder: root, source: source).write(try TeamNames("rail-delays"))
    #expect(result.location == "rail_delays")
    #expect(
      result.files == [
        ".dockerignore", ".gitignore", "Containerfile", "Package.swift", "README.md", "Sources/RailDelaysAssets/RailDelays.swift",
        "Sources/rail_delays/RailDelays.swift", "Tests/RailDelaysAssetsTests/RailDelaysTests.swift", "ci.sh", "workspace.yaml",
      ])
    let contents = try Self.contents(of: root)
    #expect(contents.keys.sorted() == result.files)
    for (path, text) in contents { #expect(!text.contains("SPDX") && !text.contains("Apache"), "\(path)") }
    let manifest = try #require(contents["Package.swift"])
    let line = #".package(url: "https://git.example.com/data/Sluice.git", .upToNextMinor(from: "0.1.0"), traits: [])"#
    #expect(manifest.contains("    \(line)\n"))
    #expect(manifest.contains(#".product(name: "AssetKit", package: "sluice")"#))
    let script = root.appending(path: "ci.sh").path
    #expect(FileManager.default.isExecutableFile(atPath: script))
    let workspace = try WorkspaceFile.read(root.appending(path: "workspace.yaml").path)
    #expect(workspace.locations.map(\.name.description) == ["rail_delays"])
    #expect(workspace.locations.first?.executable == ".build/debug/rail_delays")
  }

  @Test(arguments: [
    (
      "https://git.example.com/sluice", "1.4.0", #".package(url: "https://git.example.com/sluice", from: "1.4.0", traits: [])"#,
      "sluice"
    ),
    (
      "git@git.example.com:data/our-sluice.git", "0.2.1",
      #".package(url: "git@git.example.com:data/our-sluice.git", .upToNextMinor(from: "0.2.1"), traits: [])"#, "our-sluice"
    ),
  ])
  func `A release is taken by its URL, and named as SwiftPM names it`(url: String, version: String, line: String, name: String)
    throws
  {
    let source = try SluiceSource(url, version: version) { _ in "" }
    let manifest = try #require(PackageTemplate.files(for: try TeamNames("trains"), from: source)["Package.swift"])
    #expect(manifest.contains("    \(line)\n"))
    #expect(manifest.contains("package: \"\(name)\""))
  }

  @Test(arguments: ["1.0", "v1.0.0", "1.0.0-rc.1", "1.0.x", "1..0", ""])
  func `What is no release is refused`(version: String) {
    #expect(throws: CommandFailure.self) { try SluiceSource("https://git.example.com/sluice.git", version: version) { $0 } }
  }

  @Test(arguments: [#"https://x/"), .package(path: "/"#, #"https://x/\(y)"#, "https://x/\n", "https://x/\u{1B}[2J"])
  func `A URL writes nothing into the manifest but itself`(url: String) {
    #expect(throws: CommandFailure.self) { try SluiceSource(url, version: "1.0.0") { $0 } }
  }

  @Test func `A checkout is taken by the path that leads to it from the package`() throws {
    let checkout = RepositoryFile.url("Package.swift").deletingLastPathComponent()
    let beside = checkout.deletingLastPathComponent().appending(path: "teams/trains")
    let scaffold = try PackageScaffold(folder: beside, place: checkout.path, version: "0.1.0")
    #expect(scaffold.source == .checkout(path: "../../\(checkout.lastPathComponent)"))
    let error = try #require(throws: CommandFailure.self) {
      try PackageScaffold(folder: beside, place: "/nowhere", version: "0.1.0")
    }
    #expect(error.message == "there is no checkout of Sluice in /nowhere")
  }

  @Test func `A folder with anything in it is refused, and nothing is touched`() throws {
    let root = try Self.folder()
    try Data("mine".utf8).write(to: root.appending(path: "Package.swift"))
    let scaffold = PackageScaffold(folder: root, source: .checkout(path: ".."))
    let error = try #require(throws: CommandFailure.self) { try scaffold.write(try TeamNames("trains")) }
    #expect(error.message.text.hasSuffix("exists already, and is not empty"))
    #expect(try Self.contents(of: root) == ["Package.swift": "mine"])
  }

  private static func folder() throws -> URL {
    let root = FileManager.default.temporaryDirectory.appending(path: "sluice-package-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    return root
  }

  /// The text of every file below a folder, by its path from there; not what builds leave.
  private static func contents(of folder: URL) throws -> [String: String] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { path in
      ![".build/", ".sluice/", ".swiftpm/"].contains { path.hasPrefix($0) } && path != "Package.resolved"
    }
    return try paths.reduce(into: [:]) { contents, path in
      var isFolder: ObjCBool = false
      let url = folder.appending(path: path)
      guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue else { return }
      contents[path] = try String(contentsOf: url, encoding: .utf8)
    }
  }
}
