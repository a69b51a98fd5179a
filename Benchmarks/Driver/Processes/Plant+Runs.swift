// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI

extension Plant {
  /// A selection of the first location's first assets; all of every location's where it has no more.
  func selection(of count: Int, among assets: Int) -> String {
    count >= assets ? "*" : (0..<count).map { "bench/a\($0)" }.joined(separator: ",")
  }

  /// Launches a selection and waits for the run's end.
  ///
  /// - Throws: ``BenchmarkError`` where the run does not succeed.
  func run(_ selection: String) async throws -> Duration {
    let start = ContinuousClock.now
    var run = try await client.launch(LaunchRequest(selection: selection), wait: APILimits.waitSeconds).run
    while !run.state.isFinal { run = try await client.run(run.id, wait: APILimits.waitSeconds).run }
    let duration = ContinuousClock.now - start
    guard run.state == .succeeded else { throw BenchmarkError("run \(run.id) of \(selection) is \(run.state.rawValue)") }
    return duration
  }

  /// Launches a run for each selection in one request, and waits until all have ended.
  ///
  /// - Throws: ``BenchmarkError`` where one does not succeed, or not in the time that an answer may wait.
  func runEach(_ selections: [String]) async throws -> Duration {
    let start = ContinuousClock.now
    let answers = try await client.launch(selections.map { LaunchRequest(selection: $0) }, wait: APILimits.waitSeconds)
    let duration = ContinuousClock.now - start
    for (answer, selection) in zip(answers, selections) {
      if let error = answer.error { throw error }
      guard answer.state == .succeeded else {
        throw BenchmarkError("the run of \(selection) is \(answer.state?.rawValue ?? "not over in time")")
      }
    }
    return duration
  }
}
