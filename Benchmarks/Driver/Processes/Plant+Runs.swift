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
  func runEach(_ selections: [String]) async throws -> Duration {
    let start = ContinuousClock.now
    let answers = try await client.launch(selections.map { LaunchRequest(selection: $0) })
    let runs = try answers.map { answer in
      guard let run = answer.run else { throw answer.error ?? APIError(.internal, "no run and no error") }
      return run
    }
    guard let first = runs.min(), let last = runs.max() else { return .zero }
    // Runs are granted in turn: when the last has ended hardly any other is left, and one page tells of all.
    var end = ContinuousClock.now
    repeat {
      _ = try await client.run(last, wait: APILimits.waitSeconds)
      end = .now
    } while try await !haveSucceeded(from: first, through: last)
    return end - start
  }

  /// - Returns: false while any of the runs goes on.
  private func haveSucceeded(from first: UInt64, through last: UInt64) async throws -> Bool {
    var next = last + 1
    while next > first {
      let page = try await client.runs(before: next, limit: APILimits.pageItems)
      guard let oldest = page.last else { throw BenchmarkError("the daemon does not list run \(next - 1)") }
      for run in page where run.id >= first {
        guard run.state.isFinal else { return false }
        guard run.state == .succeeded else { throw BenchmarkError("run \(run.id) is \(run.state.rawValue)") }
      }
      next = oldest.id
    }
    return true
  }
}
