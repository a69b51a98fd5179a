// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI

/// Prints what a run has logged, and then what happens in it, to its end: nothing is told twice, and nothing is left out between the two.
struct RunFollower {
  let connection: ConnectionOptions
  let run: UInt64

  func follow() async throws {
    let client = connection.client
    // Asked first: what comes behind it is told live, and what was logged up to it is in the store.
    let position = try await client.status().position
    guard let summary = try await client.summary(of: run) else {
      // Says that there is none.
      _ = try await client.run(run)
      return
    }
    var printer = EventPrinter(isJSON: connection.json, style: .out)
    try await LogPages(client: client, run: run).each { line in
      guard summary.state.isFinal || line.position <= position else { return false }
      try printer.print(LiveEvent(line, run: run))
      return true
    }
    if !summary.state.isFinal {
      try await client.follow(run: run, after: position) { event in
        try printer.print(event)
        return event.kind != .runEnded
      }
    }
    let detail = try await client.run(run)
    if !connection.json { Console.out((printer.isSilent ? "" : "\n") + RunRendering.ending(detail, style: .out)) }
    guard detail.run.state == .succeeded else { throw Exit(status: ExitStatus(detail.run.state)) }
  }
}

/// Prints events, each on a line.
private struct EventPrinter {
  let isJSON: Bool
  let style: Style
  private(set) var isSilent = true
  /// What the last attempt of a step said, which the step's end repeats.
  private var said: (step: Int?, message: String?)?

  init(isJSON: Bool, style: Style) {
    self.isJSON = isJSON
    self.style = style
  }

  mutating func print(_ event: LiveEvent) throws {
    if isJSON { return Console.out(Shown(json: String(decoding: try APICoding.encode(event), as: UTF8.self))) }
    let isRepeat = event.kind == .stepEnded && said.map { $0.step == event.step && $0.message == event.message } ?? false
    if event.kind == .attemptEnded { said = (event.step, event.message) }
    guard let line = RunRendering.line(event, isRepeat: isRepeat, style: style) else { return }
    Console.out(line)
    isSilent = false
  }
}

extension ControlPlaneClient {
  /// A run without its steps, which may be many; nil where there is no such run.
  func summary(of run: UInt64) async throws -> RunSummary? {
    guard run < APILimits.number, let summary = try await runs(before: run + 1, limit: 1).first, summary.id == run else {
      return nil
    }
    return summary
  }
}

/// The lines of a run's log, page by page.
struct LogPages {
  let client: ControlPlaneClient
  let run: UInt64
  var step: Int?

  /// Goes through the lines in order, until `body` returns false.
  func each(_ body: (LogEntry) throws -> Bool) async throws {
    var last: UInt64 = 0
    while true {
      let page = try await client.logs(of: run, step: step, after: last)
      guard let end = page.last else { return }
      for line in page where try !body(line) { return }
      last = end.sequence
    }
  }
}
