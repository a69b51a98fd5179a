// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

struct CommitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "commits",
    abstract: "Bare durable transactions, of one row each: what the journal would cost without a journal.",
    discussion:
      "SQLite with synchronous=FULL, or PostgreSQL with synchronous_commit=on, through the libraries that the stores use.")

  @Option(help: "'sqlite', or a PostgreSQL database as libpq names it.")
  var store = "sqlite"

  @Option(help: "How many transactions a round makes.")
  var commits = 1_000

  @Option(help: "How many bytes the row of each has.")
  var bytes = 10_000

  @Option(help: "How often the work is measured, after one round that is not.")
  var rounds = 5

  func run() throws {
    let isSQLite = store == "sqlite"
    let table: any CommitTable = isSQLite ? try SQLiteTable() : try PostgresTable(store)
    defer { table.remove() }
    var report = Report("commits", Report.Setting(store: isSQLite ? "sqlite" : "postgres"), units: commits)
    report.figures["bytes"] = Double(bytes)
    var generator = SystemRandomNumberGenerator()
    // Random, so that no store can compress what it is given.
    let row = (0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    for round in 0...rounds {
      let start = ContinuousClock.now
      for _ in 0..<commits { try table.commit(row) }
      if round > 0 { report.add(ContinuousClock.now - start) }
    }
    try report.print()
  }
}

/// A table that takes one row a transaction.
protocol CommitTable {
  func commit(_ row: [UInt8]) throws
  func remove()
}
