// SPDX-License-Identifier: Apache-2.0

package import NIOCore
import Synchronization

/// A connection that was taken in and is not served yet. One that nobody ever serves, since its server ends or could not set it up, is
/// closed in order: a channel that is merely let go of ends the process.
package final class UnservedConnection<Connection: EndableConnection>: Sendable {
  package let channel: any Channel
  private let connection: Mutex<Connection?>

  package init(_ connection: Connection) {
    channel = connection.channel
    self.connection = Mutex(connection)
  }

  /// The connection, for who serves it; nil the second time.
  package func take() -> Connection? {
    connection.withLock { connection in
      defer { connection = nil }
      return connection
    }
  }

  deinit {
    guard let connection = take() else { return }
    // Unstructured, since nobody is left who could wait for it; it ends with the connection.
    Task { await connection.end() }
  }
}

/// A connection that is to be ended before it is let go of.
package protocol EndableConnection: Sendable {
  var channel: any Channel { get }
  func end() async
}

extension NIOAsyncChannel: EndableConnection {
  package func end() async { try? await executeThenClose { _, _ in } }
}
