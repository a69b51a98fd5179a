// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import SluiceCommands
import Testing
import Workspace

@Suite("sluice init")
struct ScaffoldTests {
  @Test(arguments: [
    ("trains", "trains", "Trains"), ("RailDelays", "rail_delays", "RailDelays"), ("rail_delays", "rail_delays", "RailDelays"),
    ("rail-delays", "rail_delays", "RailDelays"), ("Ölspur", nil, nil), ("9lives", nil, nil), ("a/b", nil, nil), ("", nil, nil),
    ("_", nil, nil), (String(repeating: "a", count: 61), nil, nil),
  ])
  func `A name gives a location and a type, or is refused`(name: String, location: String?, type: String?) {
    let names = try? TeamNames(name)
    #expect(names?.location.description == location)
    #expect(names?.type == type)
  }

  @Test func `Everything is written, and the rest of both files stays as it is`() throws {
    // Of a name that no team of this checkout has: people add theirs to it.
    let root = try Self.checkout()
    let ports = try WorkspaceFile.read(root.appending(path: "workspace.yaml").path).locations.compactMap {
      if case .tcp(_, let port) = $0.address { port } else { nil }
    }
    let result = try TeamScaffold(root: root).add(try TeamNames("probe_team"))
    #expect(result.location == "probe_team")
    #expect(result.port == (ports.max() ?? 0) + 1)
    #expect(
      result.files == [
        "CodeLocations/ProbeTeam/Assets/ProbeTeam.swift", "CodeLocations/ProbeTeam/Main/ProbeTeam.swift",
        "CodeLocations/ProbeTeam/Tests/ProbeTeamTests.swift", "Package.swift", "workspace.yaml",
      ])
    for file in result.files { #expect(FileManager.default.fileExists(atPath: root.appending(path: file).path)) }
    let package = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
    let line = #"    + team("ProbeTeam", library: "ProbeTeamAssets", executables: ["probe_team": "Main"])"#
    #expect(package.split(separator: "\n").suffix(2) == [Substring(line), ")"])
    let before = try String(contentsOf: RepositoryFile.url("Package.swift"), encoding: .utf8)
    #expect(package.replacing(line + "\n", with: "") == before)
    let workspace = try WorkspaceFile.read(root.appending(path: "workspace.yaml").path)
    #expect(workspace.locations.last?.executable == ".build/debug/probe_team")
  }

  @Test func `What a team is given is under no licence of ours`() throws {
    for (path, text) in TeamTemplate.files(for: try TeamNames("trains")) {
      #expect(!text.contains("SPDX") && !text.contains("Apache"), "\(path)")
      #expect(text.hasPrefix("import ") || text.hasPrefix("public import "), "\(path)")
    }
  }

  @Test func `A package whose lines end with a carriage return keeps them`() throws {
    let text = "targets: [],\r\n  + team(\r\n    \"Trains\")\r\n)\r\n"
    let line = #"  + team("RailDelays", library: "RailDelaysAssets", executables: ["rail_delays": "Main"])"#
    let result = try PackageManifestEdit.adding(try TeamNames("rail_delays"), to: text)
    #expect(result == "targets: [],\r\n  + team(\r\n    \"Trains\")\r\n\(line)\r\n)\r\n")
  }

  @Test func `A team that exists is refused, and nothing is touched`() throws {
    let root = try Self.checkout()
    let scaffold = TeamScaffold(root: root)
    _ = try scaffold.add(try TeamNames("probe_team"))
    let package = try Data(contentsOf: root.appending(path: "Package.swift"))
    let error = try #require(throws: CommandFailure.self) { try scaffold.add(try TeamNames("ProbeTeam")) }
    #expect(error.message == "CodeLocations/ProbeTeam exists already")
    #expect(try Data(contentsOf: root.appending(path: "Package.swift")) == package)
  }

  @Test func `A name that a target has already is refused before anything is written`() throws {
    let root = try Self.checkout()
    let error = try #require(throws: CommandFailure.self) { try TeamScaffold(root: root).add(try TeamNames("sluiced")) }
    #expect(error.message == "Package.swift has a target \"sluiced\" already")
    #expect(!FileManager.default.fileExists(atPath: root.appending(path: "CodeLocations/Sluiced").path))
  }

  @Test func `A workspace with problems of its own is refused with their lines`() throws {
    let root = try Self.checkout()
    try Data("load_from:\n  - grpc: {}\n".utf8).write(to: root.appending(path: "workspace.yaml"))
    #expect(throws: WorkspaceError.self) { try TeamScaffold(root: root).add(try TeamNames("probe_team")) }
    #expect(!FileManager.default.fileExists(atPath: root.appending(path: "CodeLocations/ProbeTeam").path))
  }

  @Test func `A folder that is no checkout is refused`() throws {
    let error = try #require(throws: CommandFailure.self) {
      try TeamScaffold(root: URL(fileURLWithPath: "/nowhere")).add(try TeamNames("trains"))
    }
    #expect(error.message.text.hasPrefix("there is no Package.swift in /nowhere"))
  }

  /// A folder with this checkout's package and workspace files.
  private static func checkout() throws -> URL {
    let root = FileManager.default.temporaryDirectory.appending(path: "sluice-init-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    for file in ["Package.swift", "workspace.yaml"] {
      try FileManager.default.copyItem(at: RepositoryFile.url(file), to: root.appending(path: file))
    }
    return root
  }
}
