// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import Synchronization
import Testing

/// What every command prints with `--json` has the fields that `docs/cli.md` states, and no others.
@Suite("Documented JSON", .timeLimit(.minutes(10)))
struct DocumentedShapesTests {
  private let programs: RunningPrograms
  private let document: ShapeDocument

  init() throws {
    programs = try RunningPrograms()
    document = try ShapeDocument()
  }

  @Test func `every command prints the fields that are documented, with what has a value`() async throws {
    let asked = Asked()
    try await programs.withLocation {
      try await programs.withDaemon(on: "state") { client in
        try await programs.connected(client)
        for (row, arguments) in Self.commands {
          let answer = try await programs.sluice(arguments, url: client.url)
          #expect([0, 1, 4].contains(answer.status), "\(arguments): \(answer.error)")
          asked.take(row, answer.output)
        }
        // `--follow` and `logs` print each event, or line, on a line of its own; of a run that has ended what was logged.
        for line in try await programs.sluice(["run", "1", "--follow", "--json"], url: client.url).output.split(separator: "\n") {
          asked.take("run ID --follow", String(line))
        }
        let logs = try await programs.sluice(["logs", "1", "fixture/noisy", "--json"], url: client.url).output
        let lines = logs.split(separator: "\n")
        #expect(lines.count == 100)
        for line in lines { asked.take("logs ID", String(line)) }
        try await client.follow(run: 1, after: 0) { event in
          asked.take("run ID --follow", String(decoding: try APICoding.encode(event), as: UTF8.self))
          return true
        }
      }
      asked.take(
        "restore FILE", try await programs.sluice("restore", "b.sluice", "--data-dir", "state", "--replace", "--json").output)
    }
    for (row, text) in asked.all { document.check(text, against: row) }
    // Every row of the document was asked for, but the one that writes into a checkout.
    #expect(Set(document.commands).subtracting(asked.all.map(\.row)) == ["init NAME, init NAME --package DIR"])
  }

  /// In turn; each names the document's row.
  private static let commands: [(String, [String])] = [
    ("materialize", ["materialize", "fixture/quick,fixture/checked,fixture/failing,fixture/noisy", "--json", "--key", "k"]),
    ("run ID", ["materialize", "fixture/quick,fixture/checked,fixture/failing,fixture/noisy", "--wait", "--json", "--key", "k"]),
    ("run ID", ["run", "1", "--json"]),
    ("cancel ID", ["cancel", "1", "--json"]), ("runs", ["runs", "--json"]), ("assets", ["assets", "--json"]),
    ("asset KEY", ["asset", "fixture/checked", "--json"]), ("asset KEY", ["asset", "fixture/daily", "--json"]),
    ("partitions KEY", ["partitions", "fixture/checked", "--json"]),
    ("partitions KEY", ["partitions", "fixture/daily", "--last", "--json"]),
    ("versions KEY", ["versions", "fixture/checked", "--json"]),
    ("why KEY", ["why", "fixture/checked", "--json"]), ("checks KEY", ["checks", "fixture/checked", "--json"]),
    ("preview KEY", ["preview", "fixture/quick", "--json"]), ("schedules", ["schedules", "--json"]),
    ("status", ["status", "--json"]), ("locations", ["locations", "--json"]), ("reload", ["reload", "--json"]),
    ("validate", ["validate", "--json"]),
    ("validate", ["validate", "--workspace", "none.yaml", "--json"]), ("backup FILE", ["backup", "b.sluice", "--json"]),
  ]
}

/// What was printed, each with the document's row.
private final class Asked: Sendable {
  private let texts = Mutex<[(row: String, text: String)]>([])

  func take(_ row: String, _ text: String) { texts.withLock { $0.append((row, text)) } }

  var all: [(row: String, text: String)] { texts.withLock { $0 } }
}

/// The tables of `docs/cli.md` that state what is printed.
private struct ShapeDocument {
  private struct Shape {
    /// Fields that are always there, and those that are where they have a value.
    let always: Set<String>
    let sometimes: Set<String>
    /// For a row that names another: `items of runs`.
    let other: String?
  }

  private var shapes: [String: Shape] = [:]
  private(set) var commands: [String] = []

  /// The shape of what stands in a field, wherever that is; numbers and texts of the same name have none.
  private static let nested = [
    "partitions": "counts of partitions", "gate": "a gate", "reasons": "a reason", "because": "a reason",
    "checks": "a declared check", "dependencies": "a dependency", "partitioning": "a partitioning", "latest": "a version",
    "run": "a run", "steps": "counts of steps", "troubled": "a troubled step", "assets": "an asset of a run",
    "problems": "a problem of validate", "columns": "a column", "inputs": "an input", "failed_attempts": "a failed attempt",
  ]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/cli.md")
    let text = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
    for table in ["| command | prints always |", "| shape | always |"] {
      guard let start = text.range(of: table) else { continue }
      let lines = text[start.lowerBound...].split(separator: "\n", omittingEmptySubsequences: false)
      for line in lines.dropFirst(2).prefix(while: { $0.hasPrefix("|") }) {
        let cells = line.components(separatedBy: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        let name = cells[1].filter { $0 != "`" }
        let other = cells[2].hasSuffix("run") || cells[2].hasSuffix("runs") ? "a run" : nil
        shapes[name] = Shape(always: Self.fields(cells[2]), sometimes: Self.fields(cells[3]), other: other)
        if table.contains("command") { commands.append(name) }
      }
    }
  }

  /// The words between backticks, without what stands in parentheses or behind a semicolon.
  private static func fields(_ cell: String) -> Set<String> {
    let plain = cell.replacing(/\([^)]*\)/, with: "").prefix { $0 != ";" }
    return Set(plain.matches(of: /`([a-z_]+)`/).map { String($0.output.1) })
  }

  /// Checks what a command printed, down to the innermost shape.
  func check(_ text: String, against row: String) {
    guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
      Issue.record("'\(row)' printed no object: \(text)")
      return
    }
    let items = value["items"] as? [[String: Any]]
    for value in items ?? [value] { check(value, row, in: row) }
  }

  private func check(_ value: [String: Any], _ name: String, in row: String) {
    guard let shape = shapes[name] else {
      Issue.record("docs/cli.md has no shape '\(name)'")
      return
    }
    if let other = shape.other { return check(value, other, in: row) }
    let printed = Set(value.keys)
    #expect(shape.always.subtracting(printed).sorted() == [], "'\(row)' lacks what is documented of '\(name)'")
    #expect(
      printed.subtracting(shape.always.union(shape.sometimes)).sorted() == [],
      "'\(row)' prints what is not documented of '\(name)'")
    for (field, inner) in value {
      guard let shape = Self.nested[field] else { continue }
      let values = (inner as? [String: Any]).map { [$0] } ?? inner as? [[String: Any]] ?? []
      for value in values { check(value, shape, in: row) }
    }
  }
}
