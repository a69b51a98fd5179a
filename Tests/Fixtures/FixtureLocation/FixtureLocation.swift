// SPDX-License-Identifier: Apache-2.0

import AssetKit
import CodeLocationHost
import Dispatch
import Foundation

/// A location whose steps behave in every way that a test may need.
@main
struct Fixture: CodeLocation {
  static let version: String? = "1.0"

  struct Row: Codable, Sendable {
    var name: String
    var number: Int
  }

  struct Failure: Error, CustomStringConvertible {
    let description = "it failed on purpose"
  }

  static let rows = [Row(name: "a", number: 2), Row(name: "b", number: 3), Row(name: "c", number: 4)]

  /// A file that a test makes.
  static let gate = ProcessInfo.processInfo.environment["FIXTURE_GATE"] ?? ""
  /// A file to which steps add what they do.
  static let ledger = ProcessInfo.processInfo.environment["FIXTURE_LEDGER"] ?? "/dev/null"

  /// Adds a line to the ledger, whole, whoever else writes to it.
  static func note(_ what: String, _ step: Step) throws {
    guard let file = fopen(ledger, "a") else { throw Failure() }
    defer { fclose(file) }
    fputs("\(what) \(step.name) \(step.partition) \(step.attempt)\n", file)
  }

  static let quick = Asset("fixture/quick") { _ in rows }

  static let daily = Asset("fixture/daily", partitions: .daily(from: "2013-01-01", through: "2013-01-31", in: "UTC")) { step in
    [Row(name: step.partition.description, number: 1)]
  }

  static let checked = Asset("fixture/checked") { _ in rows }
    .check("even") { rows, _ in
      let odd = rows.map(\.number).filter { $0 % 2 != 0 }
      return odd.isEmpty ? .pass : .fail("odd: \(odd)", ["odd": .list(odd)])
    }
    .check("small", severity: .warn) { rows, _ in rows.count < 10 ? .pass : .fail("\(rows.count) rows") }

  static let failing = Asset("fixture/failing") { _ -> [Row] in throw Failure() }

  static let noisy = Asset("fixture/noisy") { step in
    for number in 0..<100 { step.log.info("line \(number)") }
    return rows
  }

  /// Logs the headers that its requests would carry.
  static let traced = Asset("fixture/traced") { step in
    for (name, value) in step.trace?.headers ?? [] { step.log.info("\(name): \(value)") }
    return rows
  }

  /// Runs until it is cancelled.
  static let slow = Asset("fixture/slow") { _ in
    try await Task.sleep(for: .seconds(3_600))
    return rows
  }

  /// Blocks its thread for good, whatever it is told.
  static let hanging = Asset("fixture/hanging") { _ in
    DispatchSemaphore(value: 0).wait()
    return rows
  }

  /// Runs until the file that FIXTURE_GATE names exists.
  static let gated = Asset("fixture/gated") { _ in
    // polls: a gate that the test opens from another process
    while !FileManager.default.fileExists(atPath: gate) { try await Task.sleep(for: .milliseconds(20)) }
    return rows
  }

  static let parts = Partitions.keys("p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7")

  /// Each partition runs until the gate is open, and says in the ledger when it begins and ends.
  static let held = Asset("fixture/held", partitions: parts) { step in
    try note("begin", step)
    // polls: a gate that the test opens from another process
    while !FileManager.default.fileExists(atPath: gate) { try await Task.sleep(for: .milliseconds(20)) }
    try note("end", step)
    return rows
  }

  /// Says in the ledger when it begins and ends, and needs what is held.
  static let after = Asset("fixture/after", partitions: parts, from: held) { held, step in
    try note("begin", step)
    try note("end", step)
    return held
  }

  var definitions: Definitions {
    Self.quick
    Self.daily
    Self.checked
    Self.failing
    Self.noisy
    Self.traced
    Self.slow
    Self.hanging
    Self.gated
    Self.held
    Self.after
  }
}
