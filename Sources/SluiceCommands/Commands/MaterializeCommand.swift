// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI
import Foundation

struct MaterializeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "materialize", abstract: "Begins a run over a selection of assets and partitions.",
    discussion: """
      A selection is keys, 'prefix/*', 'group:NAME' or '*', joined by commas; a leading '+' adds all ancestors, a trailing \
      one all descendants. With --wait it exits as the run ends: 0 succeeded, 1 failed, 4 blocked, 5 cancelled. \
      The run is part of the trace that the environment's TRACEPARENT names.
      """)
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "What to materialize.") var selection: String
  @Option(help: "Partitions: 'a..b', 'a,b', 'latest' or 'all'.") var partitions: String?
  @Flag(help: "Evaluate the declared checks on the newest versions; compute nothing.") var checksOnly = false
  @Flag(help: "Wait until the run ends.") var wait = false
  @Option(help: "A key of your own: a repeat with the same key returns the same run.") var key: String?

  func validate() throws {
    if let key, key.isEmpty || key.utf8.count > APILimits.clientKeyLength {
      throw ValidationError("--key has 1 to \(APILimits.clientKeyLength) bytes")
    }
  }

  func run() async throws {
    let request = LaunchRequest(
      selection: selection, partitions: partitions, checksOnly: checksOnly, clientKey: key ?? UUID().uuidString.lowercased())
    let launched = try await launch(request)
    if let difference = launched.difference { Console.error("\(difference)") }
    for line in launched.leftOut { Console.error("left out: \(line)") }
    guard wait else { return try connection.print(launched) { result, _ in Self.begun(result) } }
    if !connection.json { Console.error(Self.begun(launched)) }
    let detail = try await RunWatch(client: connection.client).end(of: launched.run.id)
    try connection.print(detail, RunRendering.ending)
    guard detail.run.state == .succeeded else { throw Exit(status: ExitStatus(detail.run.state)) }
  }

  /// The key makes it safe to ask again where an answer got lost.
  private func launch(_ request: LaunchRequest) async throws -> LaunchResult {
    let trace = CallingTrace(ProcessInfo.processInfo.environment)
    if let note = trace.note { Console.error("\(note)") }
    do {
      return try await connection.client.launch(request, trace: trace.context)
    } catch let error as DaemonUnreachable where error.cause != "connection refused" {
      return try await connection.client.launch(request, trace: trace.context)
    }
  }

  static func begun(_ result: LaunchResult) -> Shown {
    let steps = result.run.steps.total
    return "run \(result.run.id) \(result.created ? "begun" : "known by its key"): \(steps) \(steps == 1 ? "step" : "steps")"
      + "  (sluice run \(result.run.id) --follow)"
  }
}

/// Waits for the end of a run, also over restarts of the daemon.
struct RunWatch {
  let client: ControlPlaneClient
  /// How long the daemon may be away.
  var patience: Duration = .seconds(120)

  func end(of run: UInt64) async throws -> RunDetail {
    var progress = ProgressDisplay()
    var lastContact = ContinuousClock.now
    var isAway = false
    defer { progress.clear() }
    while true {
      do {
        guard let summary = try await client.runs(before: run + 1, limit: 1).first, summary.id == run else {
          return try await client.run(run)
        }
        if isAway { progress.note("the daemon is back") }
        (lastContact, isAway) = (.now, false)
        // How it ended is said once, with everything else about the end.
        if summary.state.isFinal { return try await client.run(run) }
        progress.show(summary)
      } catch let error as DaemonUnreachable {
        guard ContinuousClock.now - lastContact < patience else { throw error }
        if !isAway { progress.note("the daemon does not answer (\(error.cause)); still waiting: the run resumes with it") }
        isAway = true
      }
      try await Task.sleep(for: .milliseconds(300))
    }
  }
}
