// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Synchronization

/// Why a pool lends nothing.
struct PoolClosed: Error {}

/// A few connections, each lent to one user at a time, made when they are needed and thrown away when they are broken.
final class ConnectionPool: Sendable {
  private struct Content {
    var idle: [Connection] = []
    var lent = 0
    var isClosed = false
    /// Resumed with an idle connection, or with nil for a place to make one.
    var waiters: Deque<CheckedContinuation<Connection?, Never>> = []
  }

  private let limit: Int
  private let connect: @Sendable () async throws -> Connection
  private let content = Mutex(Content())

  /// - Parameter connect: Makes a connection, ready for use.
  init(limit: Int, connect: @escaping @Sendable () async throws -> Connection) {
    self.limit = limit
    self.connect = connect
  }

  /// Lends a connection; waits where all are in use.
  func withConnection<Result: Sendable>(_ body: (Connection) async throws -> Result) async throws -> Result {
    let connection = try await usable()
    do {
      let result = try await body(connection)
      giveBack(connection)
      return result
    } catch {
      let isUsable = await connection.isUsable
      // What broke or silenced one has most likely hit those that lie idle, which would each be found out only when it is used.
      if !isUsable { await closeIdle() }
      giveBack(isUsable ? connection : nil)
      throw error
    }
  }

  /// Lends connections from now on, again where it was closed, and makes them anew.
  func open() async {
    content.withLock { $0.isClosed = false }
    await closeIdle()
  }

  /// Closes what is idle now, and what is in use once it is given back. Nothing more is lent.
  func close() async {
    content.withLock { $0.isClosed = true }
    await closeIdle()
  }

  private func closeIdle() async {
    let idle = content.withLock { content in
      defer { content.idle = [] }
      return content.idle
    }
    for connection in idle { await connection.close() }
  }

  private func usable() async throws -> Connection {
    guard content.withLock({ !$0.isClosed }) else { throw PoolClosed() }
    if let connection = await place() {
      if await connection.isUsable { return connection }
      await connection.close()
    }
    do {
      return try await connect()
    } catch {
      giveBack(nil)
      throw error
    }
  }

  /// An idle connection, or nil for a place to make one.
  private func place() async -> Connection? {
    await withCheckedContinuation { continuation in
      let place: Connection?? = content.withLock { content in
        if content.lent >= limit {
          content.waiters.append(continuation)
          return nil
        }
        content.lent += 1
        return .some(content.idle.popLast())
      }
      if let place { continuation.resume(returning: place) }
    }
  }

  private func giveBack(_ connection: Connection?) {
    let waiter = content.withLock { content in
      if let waiter = content.waiters.popFirst() { return waiter as CheckedContinuation<Connection?, Never>? }
      content.lent -= 1
      if let connection, !content.isClosed { content.idle.append(connection) }
      return nil
    }
    waiter?.resume(returning: connection)
  }
}
