// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Resumes whoever waits with the first of several answers; the others are dropped.
final class FirstAnswer<Value: Sendable>: Sendable {
  private let continuation: Mutex<CheckedContinuation<Value, any Error>?>

  init(_ continuation: CheckedContinuation<Value, any Error>) { self.continuation = Mutex(continuation) }

  func resume(with answer: Result<Value, any Error>) {
    let waiting = continuation.withLock { $0.take() }
    waiting?.resume(with: answer)
  }
}
