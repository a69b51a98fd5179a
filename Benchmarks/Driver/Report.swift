// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a kind of work took, round by round; one line of JSON. `Benchmarks/Dagster` prints lines of the same shape.
struct Report: Encodable {
  /// What the work was done on.
  struct Setting: Sendable {
    /// `sqlite`, `postgres` or `memory`; `none` where nothing is stored.
    var store = "none"
    var shape = "plain"
    var assets = 0
    var locations = 1
    var slots = 0
  }

  let system = "sluice"
  let work: String
  let store: String
  let shape: String
  let assets: Int
  let locations: Int
  let slots: Int
  /// How many steps, runs, assets or messages one round is about.
  let units: Int
  /// Seconds a round.
  private(set) var seconds: [Double] = []
  /// What is no duration; each name says its unit.
  var figures: [String: Double] = [:]
  private var daemonProcessor: Double?
  private var locationProcessor: Double?
  private var medianSeconds: Double?
  private var nineteenOfTwentySeconds: Double?
  private var unitsPerSecond: Double?
  private var daemonMicrosecondsPerUnit: Double?
  private var locationMicrosecondsPerUnit: Double?

  init(_ work: String, _ setting: Setting, units: Int) {
    self.work = work
    store = setting.store
    shape = setting.shape
    assets = setting.assets
    locations = setting.locations
    slots = setting.slots
    self.units = units
  }

  mutating func add(_ duration: Duration, _ used: ProcessorUse? = nil) {
    seconds.append(duration.inSeconds)
    guard let used else { return }
    daemonProcessor = (daemonProcessor ?? 0) + used.daemon.inSeconds
    locationProcessor = (locationProcessor ?? 0) + used.locations.inSeconds
  }

  func print() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    var line = try encoder.encode(summed)
    line.append(UInt8(ascii: "\n"))
    // Not Swift.print: it keeps lines back where standard output is no terminal, and a curve is followed point by point.
    FileHandle.standardOutput.write(line)
  }

  private var summed: Report {
    var whole = self
    guard !seconds.isEmpty else { return whole }
    let sorted = seconds.sorted()
    let median = sorted[sorted.count / 2]
    whole.medianSeconds = median
    whole.nineteenOfTwentySeconds = sorted[min(sorted.count - 1, sorted.count * 19 / 20)]
    whole.unitsPerSecond = Double(units) / median
    let total = Double(units * seconds.count)
    whole.daemonMicrosecondsPerUnit = daemonProcessor.map { $0 / total * 1e6 }
    whole.locationMicrosecondsPerUnit = locationProcessor.map { $0 / total * 1e6 }
    return whole
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
