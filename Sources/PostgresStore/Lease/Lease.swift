// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Orchestrator

/// Who leads a store, as its lease says.
package struct StoreLeader: Hashable, Sendable {
  /// How the leader calls itself.
  package let name: String
  package let epoch: Epoch
  /// How long its lease still runs by the server's clock; negative once it has run out.
  package let remaining: Duration
  let mark: LeaseMark
}

/// The lease row: what one journal does to it. Every instant is the server's.
struct Lease: Sendable {
  /// Tells this journal from every other, also of the same process.
  let token: Int64
  let name: String
  let length: Duration

  /// Takes the lease where it is free, has run out, is ours or is as it was when it was found stale, and begins a reign; nil where another
  /// holds it.
  ///
  /// An earlier holder may be paused in the middle of a transaction and so hold the rows that we must write: its session is
  /// ended first, which takes no more than being the same role.
  func take(_ connection: Connection, stale: LeaseMark?) async throws -> JournalOpening? {
    // No lease has such a mark.
    let stale = stale ?? LeaseMark(epoch: -1, expiry: .min)
    let isOver = { (lease: String, epoch: String, expiry: String) in
      """
      (\(lease)expires_at <= clock_timestamp()
        OR (\(lease)epoch = \(epoch)::int8 AND \(Self.expiry(lease)) = \(expiry)::int8))
      """
    }
    let answers = try await connection.run([
      Statement(
        """
        SELECT count(pg_terminate_backend(activity.pid)) FROM sluice_lease AS lease
        JOIN pg_stat_activity AS activity ON activity.pid = lease.backend AND activity.backend_start = lease.backend_start
        WHERE lease.token <> $1::int8 AND \(isOver("lease.", "$2", "$3"))
        """, [.int(token), .int(stale.epoch), .int(stale.expiry)]),
      Statement(
        """
        WITH taken AS (
          UPDATE sluice_lease SET token = $1::int8, holder = $2::text, epoch = epoch + 1,
            expires_at = clock_timestamp() + $3::int8 * interval '1 millisecond', \(Self.thisSession)
          WHERE id = 1 AND (token IS NULL OR token = $1::int8 OR \(isOver("", "$4", "$5"))) RETURNING epoch
        )
        UPDATE sluice_store AS store SET epoch = taken.epoch FROM taken WHERE store.id = 1
        RETURNING store.incarnation, store.epoch, store.position
        """, [.int(token), .text(name), .int(Int64(length.milliseconds)), .int(stale.epoch), .int(stale.expiry)]),
      // Only a success is announced: those who try in vain would wake each other for ever.
      Statement("SELECT pg_notify('\(ChangeListener.channel)', '') FROM sluice_lease WHERE token = $1::int8", [.int(token)]),
    ])
    guard answers.count == 3, let row = answers[1].first else { return nil }
    return JournalOpening(
      incarnation: Incarnation(UInt32(truncatingIfNeeded: try row.int(0))), epoch: UInt64(bitPattern: try row.int(1)),
      position: UInt64(bitPattern: try row.int(2)))
  }

  /// Makes the lease run its full length again; false where it is no longer ours.
  func renew(_ connection: Connection, epoch: Epoch) async throws -> Bool {
    let rows = try await connection.run(
      """
      UPDATE sluice_lease SET expires_at = clock_timestamp() + $3::int8 * interval '1 millisecond'
      WHERE id = 1 AND token = $1::int8 AND epoch = $2::int8 RETURNING 1
      """, [.int(token), .int(Int64(bitPattern: epoch)), .int(Int64(length.milliseconds))])
    return !rows.isEmpty
  }

  /// Lets a transaction commit only while the lease is ours, in an epoch. It keeps who would take the lease waiting until then,
  /// and so comes after whatever takes long; an append never waits for it. Elsewhere it fails as ``BatchWriter/isFenced(_:)`` tells.
  func fence(_ epoch: Epoch) -> Statement {
    Statement(
      """
      SELECT 1 / count(*) FROM (
        SELECT FROM sluice_lease WHERE id = 1 AND token = $1::int8 AND epoch = $2::int8 FOR SHARE
      ) AS held
      """, [.int(token), .int(Int64(bitPattern: epoch))])
  }

  /// Names the session that writes, so that who takes the lease later can end it.
  func register(_ connection: Connection) async throws {
    try await connection.run("UPDATE sluice_lease SET \(Self.thisSession) WHERE id = 1 AND token = $1::int8", [.int(token)])
  }

  /// Gives the lease up, and wakes who waits for it.
  func release(_ connection: Connection) async throws {
    try await connection.run([
      Statement(
        "UPDATE sluice_lease SET token = NULL, backend = NULL, expires_at = clock_timestamp() WHERE id = 1 AND token = $1::int8",
        [.int(token)]),
      Statement("SELECT pg_notify('\(ChangeListener.channel)', '')"),
    ])
  }

  /// Who leads; nil where nobody does, or the last one's lease has run out.
  static func leader(_ connection: Connection) async throws -> StoreLeader? {
    let rows = try await connection.run(
      """
      SELECT holder, epoch, (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::int8, \(expiry("")) FROM sluice_lease
      WHERE id = 1 AND token IS NOT NULL AND expires_at > clock_timestamp()
      """)
    guard let row = rows.first else { return nil }
    return StoreLeader(
      name: try row.text(0), epoch: UInt64(bitPattern: try row.int(1)), remaining: .milliseconds(try row.int(2)),
      mark: LeaseMark(epoch: try row.int(1), expiry: try row.int(3)))
  }

  /// Until when it runs, in microseconds.
  private static func expiry(_ lease: String) -> String { "(extract(epoch FROM \(lease)expires_at) * 1000000)::int8" }

  private static let thisSession = """
    backend = pg_backend_pid(),
    backend_start = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
    """
}
