// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing
import Workspace

@Suite("Adding a location to workspace.yaml")
struct WorkspaceAppendTests {
  @Test func `The entry comes last, in the file's own indentation, and the rest stays as it is`() throws {
    let text = """
      # kept
      load_from:
          - grpc_server: { location_name: weather, host: 127.0.0.1, port: 4271 } # kept too
      """
    let result = try WorkspaceFile.appending(
      name: try LocationName("trains"), port: 4272, executable: ".build/debug/trains", to: text, path: "workspace.yaml")
    #expect(
      result == """
        # kept
        load_from:
            - grpc_server: { location_name: weather, host: 127.0.0.1, port: 4271 } # kept too
            - grpc_server: { location_name: trains, host: 127.0.0.1, port: 4272 }
              owns: ["trains/*"]
              executable: .build/debug/trains

        """)
  }

  @Test(arguments: ["", "\r\n"])
  func `A file with carriage returns keeps its indentation and its line ends`(end: String) throws {
    let text = "load_from:\r\n    - grpc_server: { location_name: weather, port: 4271 }\(end)"
    let result = try WorkspaceFile.appending(
      name: try LocationName("trains"), port: 4272, executable: "trains", to: text, path: "workspace.yaml")
    let added = [
      "    - grpc_server: { location_name: trains, host: 127.0.0.1, port: 4272 }", "      owns: [\"trains/*\"]",
      "      executable: trains", "",
    ]
    #expect(
      result == "load_from:\r\n    - grpc_server: { location_name: weather, port: 4271 }\r\n" + added.joined(separator: "\r\n"))
  }

  @Test func `A file whose list is written in flow style is left alone`() throws {
    #expect(throws: WorkspaceError.self) {
      try WorkspaceFile.appending(
        name: try LocationName("trains"), port: 4272, executable: "trains", to: "load_from: []\n", path: "workspace.yaml")
    }
  }

  @Test func `A name that exists is refused, naming its line`() throws {
    let text = "load_from:\n  - grpc_server: { location_name: trains, port: 4271 }\n"
    let error = try #require(throws: WorkspaceError.self) {
      try WorkspaceFile.appending(
        name: try LocationName("trains"), port: 4272, executable: "trains", to: text, path: "workspace.yaml")
    }
    #expect(error.description.contains("location 'trains' stands on line 2 already"))
  }

  @Test func `The next port is the one after the highest`() throws {
    let text =
      "load_from:\n  - grpc_server: { location_name: a, port: 4275 }\n  - grpc_server: { location_name: b, port: 4271 }\n"
    #expect(try WorkspaceFile.parse(text, path: "w.yaml").nextPort == 4276)
    #expect(WorkspaceFile(path: "w.yaml", locations: []).nextPort == 4271)
  }
}

@Suite("Spelling")
struct SpellingTests {
  @Test(arguments: [("prot", "port"), ("own", "owns"), ("locationname", "location_name"), ("HOST", "host")])
  func `A slip finds what was meant`(word: String, meant: String) {
    #expect(Spelling.closest(to: word, among: ["port", "owns", "location_name", "host"]) == meant)
  }

  @Test func `A word that resembles nothing finds nothing`() {
    #expect(Spelling.closest(to: "python_module", among: ["port", "owns", "host"]) == nil)
  }

  @Test func `A guess among long words ends after so many comparisons`() {
    let word = String(repeating: "a", count: 256)
    let other = String(repeating: "a", count: 180) + String(repeating: "b", count: 76)
    let most = SpellingLimits.comparisons / (256 * 256) + 1
    #expect(Spelling.closest(to: word, among: Array(repeating: other, count: 100) + [word]) == word)
    #expect(Spelling.closest(to: word, among: Array(repeating: other, count: most) + [word]) == other)
  }
}
