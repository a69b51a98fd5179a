// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// Holds steps up within their closures until the test lets them pass, and counts how often each ran.
final class Turnstile: Sendable {
  private struct State {
    var waiting: [CheckedContinuation<Void, Never>] = []
    var admitted = 0
    var runs: [PartitionKey: Int] = [:]
  }

  private let state = Mutex(State())

  /// Called by a step.
  func pass(_ partition: PartitionKey) async {
    await withCheckedContinuation { continuation in
      let mayPass = state.withLock { state in
        state.runs[partition, default: 0] += 1
        if state.admitted > 0 {
          state.admitted -= 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if mayPass { continuation.resume() }
    }
  }

  /// Lets so many steps pass, those that wait first.
  func admit(_ count: Int) {
    let passing = state.withLock { state in
      let passing = Array(state.waiting.prefix(count))
      state.waiting.removeFirst(passing.count)
      state.admitted += count - passing.count
      return passing
    }
    for continuation in passing { continuation.resume() }
  }

  /// How many steps wait within their closures.
  var waiting: Int { state.withLock(\.waiting.count) }
  /// How often each partition's closure ran.
  var runs: [PartitionKey: Int] { state.withLock(\.runs) }
}
