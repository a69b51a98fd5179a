// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct StorageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "storage",
    abstract: "Bytes that a materialization takes in the store: as encoded events, and with projections and indexes.",
    discussion: """
      Each of --rounds runs materializes every asset once; with --shape checked --checks 1, each has one check. Locators and the \
      user's metadata are counted apart, and so are snapshots.
      """)
  @OptionGroup var options: PlantOptions

  func run() async throws {
    let plant = try await options.plant()
    defer { plant.stop() }
    _ = try await plant.run("*")
    try await plant.waitUntilQuiet()
    let (before, journal) = (try use(of: plant), try await plant.journal())
    for _ in 0..<options.rounds { _ = try await plant.run("*") }
    try await plant.waitUntilQuiet()
    let grown = try use(of: plant).subtracting(before)
    let written = try await plant.journal().subtracting(journal)
    let count = Double(options.assets * options.rounds)
    // A locator lies in an event, and in the version's row.
    var report = Report("storage", options.setting, units: options.assets * options.rounds)
    report.figures = [
      "encoded_bytes": Double(grown.events - grown.locators) / count,
      "stored_bytes": Double(grown.whole - grown.snapshots - 2 * grown.locators) / count,
      "locator_bytes": Double(grown.locators) / count,
      "events": Double(written.events) / count,
      "event_bytes": Double(grown.events) / Double(max(written.events, 1)),
      "batch_bytes": Double(grown.events) / Double(max(grown.batches, 1)),
    ]
    try report.print()
  }

  private func use(of plant: Plant) throws -> StoreUse {
    options.store == "sqlite" ? try StoreUse(sqliteIn: plant.dataDirectory) : try StoreUse(postgres: options.store)
  }
}
