// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct RetryPolicyTests {
  @Test("Delays grow by the backoff up to the longest one")
  func backoff() {
    let policy = RetryPolicy(maxAttempts: 6, delay: .seconds(1), backoff: 3, maxDelay: .seconds(20), jitter: 0)
    #expect((1...5).map { policy.delay(afterAttempt: $0, random: 0.9) } == [1, 3, 9, 20, 20].map { .seconds($0) })
  }

  @Test("Jitter takes off at most its share")
  func jitter() {
    let policy = RetryPolicy(maxAttempts: 2, delay: .seconds(10), backoff: 1, jitter: 0.5)
    #expect(policy.delay(afterAttempt: 1, random: 0) == .seconds(10))
    #expect(policy.delay(afterAttempt: 1, random: 0.5) == .milliseconds(7_500))
    #expect(policy.delay(afterAttempt: 1, random: 0.999_999) > .seconds(5))
  }

  @Test("Whatever a peer asks for stays within the bounds and makes no crash")
  func bounds() {
    let greedy = RetryPolicy(
      maxAttempts: .max, delay: .seconds(Int64.max), backoff: .infinity, maxDelay: .seconds(Int64.max), jitter: 7)
    #expect(greedy.maxAttempts == Limits.attemptsPerStep)
    #expect(greedy.delay(afterAttempt: .max, random: 0) == Limits.retryDelay)
    #expect(greedy.jitter == 1)
    let odd = RetryPolicy(maxAttempts: -1, delay: .seconds(-5), backoff: .nan, maxDelay: .seconds(-1), jitter: .nan)
    #expect(odd == RetryPolicy(maxAttempts: 1, delay: .zero, backoff: 1, maxDelay: .zero, jitter: 0))
    #expect(odd.delay(afterAttempt: 0, random: 0.5) == .zero)
    let steep = RetryPolicy(maxAttempts: 100, delay: .zero, backoff: .greatestFiniteMagnitude)
    #expect(steep.delay(afterAttempt: 99, random: 0) == .zero)
  }

  @Test("A policy survives encoding, and decoding keeps the bounds")
  func encodes() throws {
    let policy = RetryPolicy(maxAttempts: 3, delay: .milliseconds(250), backoff: 1.5, maxDelay: .seconds(9), jitter: 0.25)
    #expect(try throughJSON(policy) == policy)
    struct Greedy: Encodable {
      let maxAttempts = 1_000_000
      let delay = Duration.seconds(-1)
      let backoff = 0.0
      let maxDelay = Duration.seconds(5)
      let jitter = 3.0
    }
    let decoded = try decode(RetryPolicy.self, from: Greedy())
    #expect(decoded == RetryPolicy(maxAttempts: 100, delay: .zero, backoff: 1, maxDelay: .seconds(5), jitter: 1))
  }
}
