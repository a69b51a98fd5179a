// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Orchestrator

extension PostgresJournal: SharedJournal {
  package func glance() async throws -> JournalOpening {
    try await read { connection in
      let rows = try await connection.run("SELECT incarnation, epoch, position, beginning FROM sluice_store WHERE id = 1")
      guard let row = rows.first else { throw JournalError.lostFirstRecord(in: self.place) }
      return JournalOpening(
        incarnation: Incarnation(UInt32(truncatingIfNeeded: try row.int(0))), epoch: UInt64(bitPattern: try row.int(1)),
        position: UInt64(bitPattern: try row.int(2)), beginning: UInt64(bitPattern: try row.int(3)))
    }
  }

  package func look() async throws -> LeadershipLook {
    try await read { connection in
      let leader = try await Lease.leader(connection).flatMap { self.isStale($0) ? nil : $0 }
      let end = try await JournalBounds(on: connection, in: self.place).end
      return LeadershipLook(leader: leader?.name, remaining: leader?.remaining ?? .zero, position: end)
    }
  }

  package var isLeadershipInDoubt: Bool { renewals.isInDoubt(after: limits.lease) }
}
