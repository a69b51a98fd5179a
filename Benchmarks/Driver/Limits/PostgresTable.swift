// SPDX-License-Identifier: Apache-2.0

/// A table of a database; each row is a transaction, which the server has made durable when it answers.
final class PostgresTable: CommitTable {
  private let link: PostgresLink

  init(_ conninfo: String) throws {
    link = try PostgresLink(conninfo)
    try link.execute("SET synchronous_commit = on")
    try link.execute("DROP TABLE IF EXISTS benchmark_entry")
    try link.execute("CREATE TABLE benchmark_entry (id bigserial PRIMARY KEY, bytes bytea NOT NULL)")
    try link.prepare("insert", "INSERT INTO benchmark_entry (bytes) VALUES ($1)")
  }

  func commit(_ row: [UInt8]) throws { try link.execute(prepared: "insert", row) }
  func remove() { try? link.execute("DROP TABLE benchmark_entry") }
}
