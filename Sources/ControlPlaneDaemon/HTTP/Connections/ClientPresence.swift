// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Whether the client of a connection is still there, and what is done for it as long as it is.
final class ClientPresence: Sendable {
  /// That of the connection whose requests the current task answers.
  @TaskLocal static var current: ClientPresence?

  private let content = Mutex<(isGone: Bool, cancel: (@Sendable () -> Void)?)>((false, nil))

  var isGone: Bool { content.withLock { $0.isGone } }

  /// The client has gone: whatever is done for it is cancelled.
  func leave() {
    content.withLock { content in
      content.isGone = true
      content.cancel?()
    }
  }

  /// Does something that is cancelled once the client has gone; one thing at a time, since a connection's requests are answered in turn.
  ///
  /// The task that answers is cancelled itself: another one for each request would cost two hops between threads. Nothing comes after
  /// it on that connection.
  func whileThere<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await withUnsafeCurrentTask { task in
      guard let task else { return try await body() }
      // Sound: it is only cancelled, which any thread may do, and under the lock, so not after the task has left.
      nonisolated(unsafe) let answering = task
      let isGone = content.withLock { content in
        content.cancel = { answering.cancel() }
        return content.isGone
      }
      if isGone { task.cancel() }
      defer { content.withLock { $0.cancel = nil } }
      return try await body()
    }
  }
}
