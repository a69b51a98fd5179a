// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Selections on a graph")
struct SelectionTests {
  private static func graph() -> Graph {
    var bench = Bench()
    let tagged = AssetSpec(
      key: "up/root", group: "sources", sharedWith: ["down", "other"], output: OutputSpec(scheme: "file", format: "jsonl/1"))
    bench.deploy("up", [StepSpec(name: "up/root", outputs: [tagged])])
    bench.deploy("down", [.step("down/left", from: [.on("up/root")]), .step("down/right", from: [.on("up/root")])])
    bench.deploy("other", [.step("other/sink", from: [.on("down/left"), .on("down/right"), .on("up/nobody")])])
    return bench.state.graph
  }

  @Test(
    "Keys, prefixes, groups, ancestors, descendants and commas",
    arguments: [
      ("down/left", ["down/left"]), ("down/*", ["down/left", "down/right"]), ("group:sources", ["up/root"]),
      ("+down/left", ["down/left", "up/root"]), ("down/left+", ["down/left", "other/sink"]),
      ("+down/left+", ["down/left", "other/sink", "up/root"]), ("up/root,other/sink", ["other/sink", "up/root"]),
      ("*", ["down/left", "down/right", "other/sink", "up/root"]),
      ("+other/sink", ["down/left", "down/right", "other/sink", "up/root"]),
    ])
  func selects(_ text: String, _ expected: [String]) throws {
    #expect(try Self.graph().resolve(Selection(text)).map(\.description) == expected)
  }

  @Test("Within a location a selection yields only that location's assets")
  func within() throws {
    #expect(try Self.graph().resolve(Selection("up/root+"), within: "down") == ["down/left", "down/right"])
  }

  @Test("A clause that matches nothing is refused with near keys", arguments: ["down/lefty", "nowhere/*", "group:none"])
  func nothing(_ text: String) throws {
    let selection = try Selection(text)
    #expect(throws: ModelError.self) { _ = try Self.graph().resolve(selection) }
  }

  @Test("A misspelt key names its neighbours")
  func hint() throws {
    let error = #expect(throws: ModelError.self) { _ = try Self.graph().resolve(Selection("down/lefty")) }
    #expect(error?.message.contains("near: down/left, down/right") == true)
  }

  @Test("A key in the wrong place names those of its name", arguments: ["nowhere/left", "up/left"])
  func hintByName(_ text: String) throws {
    let error = #expect(throws: ModelError.self) { _ = try Self.graph().resolve(Selection(text)) }
    #expect(error?.message.contains("down/left") == true)
  }
}
