// SPDX-License-Identifier: Apache-2.0

import AssetModel
import GRDB
import Orchestrator

/// The numbers of texts and asset partitions, remembered so that most rows are written without a look-up.
///
/// Numbers given in a transaction that is rolled back must be forgotten: its owner throws the whole value away.
struct Dictionaries: Sendable {
  private var terms: [String: Int64] = [:]
  private var targets: [AssetPartition: Int64] = [:]

  /// How many entries each table remembers before it starts over.
  static let remembered = 200_000

  mutating func term(_ text: String, in database: Database) throws -> Int64 {
    if let known = terms[text] { return known }
    if terms.count >= Self.remembered { terms = [:] }
    let id = try Self.term(text, in: database) ?? Self.insert(text, in: database)
    terms[text] = id
    return id
  }

  mutating func term(_ value: some CustomStringConvertible, in database: Database) throws -> Int64 {
    try term(value.description, in: database)
  }

  mutating func target(_ target: AssetPartition, in database: Database) throws -> Int64 {
    if let known = targets[target] { return known }
    if targets.count >= Self.remembered { targets = [:] }
    let id = try Self.target(target, in: database) ?? insert(target, in: database)
    targets[target] = id
    return id
  }

  mutating func row(_ version: VersionRef, in database: Database) throws -> Int64 {
    Schema.rowNumber(target: try target(version.of, in: database), number: version.number)
  }

  private static func insert(_ text: String, in database: Database) throws -> Int64 {
    try database.cachedStatement(sql: "INSERT INTO term (text) VALUES (?)").execute(arguments: [text])
    return database.lastInsertedRowID
  }

  private mutating func insert(_ target: AssetPartition, in database: Database) throws -> Int64 {
    let asset = try term(target.asset, in: database)
    let partition = try term(target.partition, in: database)
    try database.cachedStatement(sql: "INSERT INTO target (asset, partition) VALUES (?, ?)")
      .execute(arguments: [asset, partition])
    return database.lastInsertedRowID
  }
}

// MARK: - Look-ups, for readers too

extension Dictionaries {
  static func term(_ text: String, in database: Database) throws -> Int64? {
    try Int64.fetchOne(database.cachedStatement(sql: "SELECT id FROM term WHERE text = ?"), arguments: [text])
  }

  static func target(_ target: AssetPartition, in database: Database) throws -> Int64? {
    let sql = """
      SELECT target.id FROM target JOIN term AS a ON a.id = target.asset JOIN term AS p ON p.id = target.partition
      WHERE a.text = ? AND p.text = ?
      """
    return try Int64.fetchOne(
      database.cachedStatement(sql: sql), arguments: [target.asset.description, target.partition.description])
  }

  static func row(_ version: VersionRef, in database: Database) throws -> Int64? {
    try target(version.of, in: database).map { Schema.rowNumber(target: $0, number: version.number) }
  }
}
