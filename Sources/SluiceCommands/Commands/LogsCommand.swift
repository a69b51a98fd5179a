// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Shows what the steps of a run have logged, whether it goes on or has ended.",
    discussion: """
      Without STEP the lines of all steps come in their order. With it the step's attempts follow each other, each with how it ended. \
      'sluice run RUN --follow' shows the same and goes on with what happens.
      """)
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The run's number.") var id: UInt64
  @Argument(help: "An asset, the step's name, or its number in the run.") var step: String?
  @Option(help: "The partition, where the run makes several of the asset.") var partition: String?
  @Option(help: "Only this attempt, 1 for the first.") var attempt: Int?

  func validate() throws {
    if partition != nil && step == nil { throw ValidationError("--partition needs STEP: the asset that it is a partition of") }
    if let attempt, attempt < 1 { throw ValidationError("--attempt is a number from 1 on") }
  }

  func run() async throws {
    let client = connection.client
    let found = try await step.asyncMap { try await StepFinder(client: client, run: id).find($0, partition: partition) }
    var attempts = AttemptLog(step: found, only: attempt, style: .out)
    var isSilent = true
    try await LogPages(client: client, run: id, step: found?.ordinal).each { line in
      guard attempt == nil || line.attempt == attempt else { return true }
      isSilent = false
      if connection.json {
        Console.out(Shown(json: String(decoding: try APICoding.encode(line), as: UTF8.self)))
      } else {
        for text in attempts.lines(before: line) { Console.out(text) }
        Console.out(LogRendering.line(line, isAlone: found != nil, style: .out))
      }
      return true
    }
    guard !connection.json else { return }
    for text in attempts.rest() { Console.out(text) }
    if isSilent { Console.error(LogRendering.silence(try await client.summary(of: id), of: id)) }
  }
}

/// Finds the step of a run that somebody means.
struct StepFinder {
  let client: ControlPlaneClient
  let run: UInt64

  func find(_ text: String, partition: String?) async throws -> StepSummary {
    if let ordinal = Int(text) {
      let page = try await client.steps(run: run, from: ordinal, limit: 1)
      if let step = page.first, step.ordinal == ordinal { return step }
      throw CommandFailure("run \(run) has no step \(ordinal)", mend: "sluice run \(run)")
    }
    var found: [StepSummary] = []
    var next = 0
    while true {
      let page = try await client.steps(run: run, from: next, limit: APILimits.pageItems)
      guard let last = page.last else { break }
      found += page.filter { ($0.step == text || $0.assets.contains(text)) && (partition == nil || $0.partition == partition) }
      if partition != nil, let step = found.first { return step }
      next = last.ordinal + 1
    }
    guard let first = found.first else {
      let name = WhyRendering.name(text, partition ?? "")
      throw CommandFailure("run \(run) makes no \(name)", mend: "sluice run \(run)")
    }
    guard found.count == 1 else {
      throw CommandFailure(
        "run \(run) makes \(found.count) partitions of '\(text)'", mend: "name one: --partition \(shell: first.partition)")
    }
    return first
  }
}

/// Puts the ends of attempts between the lines that a step has logged.
private struct AttemptLog {
  private var ends: ArraySlice<AttemptSummary>
  private var current: Int?
  private let step: StepSummary?
  private let style: Style

  init(step: StepSummary?, only attempt: Int?, style: Style) {
    self.step = step
    self.style = style
    ends = (step?.failedAttempts ?? []).filter { attempt == nil || $0.number == attempt }[...]
  }

  /// What stands before a line: how earlier attempts ended, and that another begins.
  mutating func lines(before line: LogEntry) -> [Shown] {
    guard step != nil, line.attempt != current else { return [] }
    var lines = endings { $0.number < line.attempt }
    current = line.attempt
    lines.append(style(.strong, "attempt \(line.attempt)"))
    return lines
  }

  /// How the last attempts ended, and the step.
  mutating func rest() -> [Shown] {
    guard let step else { return [] }
    let cell = RunRendering.state(step.state)
    return endings { _ in true } + [
      "\(WhyRendering.name(step.assets.joined(separator: ", "), step.partition))  \(style(cell.tone, cell.text))"
    ]
  }

  private mutating func endings(_ isOver: (AttemptSummary) -> Bool) -> [Shown] {
    let over = ends.prefix(while: isOver)
    ends = ends.dropFirst(over.count)
    return over.flatMap { LogRendering.end($0, style: style) }
  }
}

extension Optional {
  fileprivate func asyncMap<Value>(_ body: (Wrapped) async throws -> Value) async rethrows -> Value? {
    if let self { try await body(self) } else { nil }
  }
}
