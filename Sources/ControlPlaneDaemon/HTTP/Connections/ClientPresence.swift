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
    let cancel = content.withLock { content in
      content.isGone = true
      return content.cancel
    }
    cancel?()
  }

  /// Does something that is cancelled once the client has gone; one thing at a time, since a connection's requests are answered in turn.
  func whileThere<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    // Unstructured, since the connection's loop cancels it; it has ended by the return.
    let task = Task { try await body() }
    let isGone = content.withLock { content in
      content.cancel = { task.cancel() }
      return content.isGone
    }
    if isGone { task.cancel() }
    defer { content.withLock { $0.cancel = nil } }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
