// SPDX-License-Identifier: Apache-2.0

struct NeverCame: Error, CustomStringConvertible {
  let description: String
}

private let patience: Duration = .seconds(120)

/// Asks again and again until there is an answer.
@discardableResult
func eventually<Answer>(_ what: String, _ ask: () async throws -> Answer?) async throws -> Answer {
  let deadline = ContinuousClock.now + patience
  while ContinuousClock.now < deadline {
    if let answer = try await ask() { return answer }
    // polls
    try await Task.sleep(for: .milliseconds(10))
  }
  throw NeverCame(description: "\(what) did not come within \(patience)")
}
