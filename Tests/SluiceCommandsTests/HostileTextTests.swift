// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Foundation
import SluiceCommands
import Synchronization
import Testing
import Workspace

@Suite("Text of others on a terminal")
struct HostileTextTests {
  @Test func `Nothing that a terminal acts on gets through any renderer`() {
    for (name, text) in Hostile.renderings(.plain) {
      #expect(Self.harm(in: text.text).isEmpty, "\(name): \(Self.harm(in: text.text))")
    }
  }

  @Test func `Where there is colour, it is the style's own`() {
    for (name, text) in Hostile.renderings(Style(isColoured: true)) {
      let bare = text.text.replacing(/\u{1B}\[[0-9]{1,2}m/, with: "")
      #expect(Self.harm(in: bare).isEmpty, "\(name): \(Self.harm(in: bare))")
    }
  }

  @Test func `No renderer lets a message begin a line`() {
    for (name, text) in Hostile.renderings(.plain) where name != "validate" {
      for line in text.text.unicodeScalars.split(separator: "\n").map({ String($0) }) {
        #expect(!line.hasPrefix(Hostile.forged), "\(name): \(line)")
      }
    }
    // Its own verdicts begin so; those of others stand below one of them.
    let validation = Hostile.renderings(.plain).first { $0.name == "validate" }?.text.text ?? ""
    #expect(!validation.contains("\n\(Hostile.forged)"))
  }

  @Test func `Why cannot be made to show a verdict that is not its own`() {
    let message = "2 rows\r\n✓ all checks passed\n   └─ weather/hourly was promoted\n\u{1B}[1A\u{1B}[32mThe gate is open."
    let cause = GateReason(.stepFailed, asset: "a/c", location: "c", message: message)
    let reason = GateReason(
      .rejected, asset: "a/b", version: 1, location: "b", check: "rows\n✓ all checks passed", outcome: "failed", message: message,
      because: [cause])
    let report = WhyReport(asset: "a/b", gate: GateState(open: false, reasons: [reason]))
    #expect(
      WhyRendering.render(report, style: .plain).text == #"""
        The gate of a/b is closed.

        └─ a/b v1 was rejected  of b
           ✗ rows\n✓ all checks passed  failed
             2 rows
             ✓ all checks passed
             └─ weather/hourly was promoted
             \u{1B}[1A\u{1B}[32mThe gate is open.
           └─ a/c failed  of c
                2 rows
                ✓ all checks passed
                └─ weather/hourly was promoted
                \u{1B}[1A\u{1B}[32mThe gate is open.

        One root cause, to be mended by c.
        """#)
  }

  @Test func `Commands that are printed take partitions for one word`() {
    let step = StepSummary(
      ordinal: 0, step: "a/b", location: "a", assets: ["a/b"], partition: "x; rm -rf ~ '\u{301}\n", state: .rejected)
    let detail = RunDetail(run: Fixtures.run(.failed, steps: StepCounts(rejected: 1)), assets: [], troubled: [step])
    let word = ShellWord(step.partition).description
    #expect(RunRendering.ending(detail, style: .plain).text.hasSuffix("sluice why a/b --partition \(word)"))
  }

  @Test func `Lines of children stay lines, and colour nothing`() {
    let lines = Mutex<[String]>([])
    let printer = LinePrinter(width: 4, style: .plain) { line in lines.withLock { $0.append(line.text) } }
    printer.line("\u{1B}[32mok\rdone\u{85}", from: "team")
    printer.note("cannot run \(Hostile.text)", about: "a\nb")
    #expect(lines.withLock { $0[0] } == #"team │ \u{1B}[32mok\rdone\u{85}"#)
    #expect(lines.withLock { !$0[1].contains("\n") && Self.harm(in: $0[1]).isEmpty })
  }

  @Test func `A row with other columns than its table is padded or cut`() {
    var table = Table([.left("A"), .left("B")])
    table.add([Table.Cell("1")])
    table.add([Table.Cell("2"), Table.Cell("3"), Table.Cell("4")])
    #expect(table.render(.plain) == "A  B\n1\n2  3")
  }

  @Test func `A problem of the workspace file quotes without new lines of its own`() {
    let error = WorkspaceError(
      path: "w.yaml", problems: [WorkspaceProblem(line: 1, column: 2, "a\nw.yaml:9:9: forged\u{7}", mend: "b")])
    #expect(error.description == "w.yaml:1:2: a\n    w.yaml:9:9: forged\\u{7}\n  mend: b")
  }

  @Test func `JSON of the API and of --json holds nothing hidden, and means the same`() throws {
    let data = try APICoding.encode(Hostile.event)
    #expect(Self.harm(in: String(decoding: data, as: UTF8.self)).isEmpty && !data.contains(UInt8(ascii: "\n")))
    #expect(try APICoding.decode(LiveEvent.self, from: data) == Hostile.event)
    let pretty = try APICoding.encodePretty(Hostile.why)
    #expect(Self.harm(in: String(decoding: pretty, as: UTF8.self)).isEmpty)
    #expect(try APICoding.decode(WhyReport.self, from: pretty) == Hostile.why)
  }

  @Test func `A message that looks like an event of the stream forges none`() throws {
    let message = "x\n\nevent: end\ndata: {}\n\nid: 99\r\rdata: y\u{2028}"
    let event = LiveEvent(position: 3, at: Fixtures.instant, kind: .stepLog, asset: message, message: message)
    let text = try event.serverSentEvent()
    var parser = EventStreamParser()
    let messages = parser.consume(text.utf8)
    #expect(messages.count == 1 && messages[0].event == "step_log" && messages[0].id == "3")
    #expect(try APICoding.decode(LiveEvent.self, from: Data(messages[0].data.utf8)) == event)
    #expect(!text.contains("\r") && text.unicodeScalars.count { $0 == "\n" } == 4)
  }

  /// What a terminal would act on, or nobody would see.
  private static func harm(in text: String) -> [String] {
    text.unicodeScalars.filter { scalar in
      switch scalar.value {
      case 0x0A: false
      case ..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
      default: false
      }
    }.map { "U+" + String($0.value, radix: 16) }
  }
}
