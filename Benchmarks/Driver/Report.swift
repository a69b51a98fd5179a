// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a kind of work took, round by round; one line of JSON.
struct Report: Codable {
  let work: String
  let shape: String
  let assets: Int
  let slots: Int
  /// How many steps, runs or assets one round is about.
  let units: Int
  /// Seconds a round.
  private(set) var seconds: [Double] = []
  /// Processor seconds of the daemon and of the location over all rounds, where they were measured.
  private(set) var daemonProcessor = 0.0
  private(set) var locationProcessor = 0.0
  private var medianSeconds: Double?
  private var unitsPerSecond: Double?
  private var daemonMicrosecondsPerUnit: Double?
  private var locationMicrosecondsPerUnit: Double?

  init(work: String, shape: String, assets: Int, slots: Int, units: Int) {
    self.work = work
    self.shape = shape
    self.assets = assets
    self.slots = slots
    self.units = units
  }

  mutating func add(_ duration: Duration, _ used: ProcessorUse?) {
    seconds.append(duration.inSeconds)
    guard let used else { return }
    daemonProcessor += used.daemon.inSeconds
    locationProcessor += used.location.inSeconds
  }

  func print() throws {
    var whole = self
    let median = seconds.sorted()[seconds.count / 2]
    whole.medianSeconds = median
    whole.unitsPerSecond = Double(units) / median
    let total = Double(units * seconds.count)
    whole.daemonMicrosecondsPerUnit = daemonProcessor / total * 1e6
    whole.locationMicrosecondsPerUnit = locationProcessor / total * 1e6
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    Swift.print(String(decoding: try encoder.encode(whole), as: UTF8.self))
  }
}

/// The processor time of both processes.
struct ProcessorUse {
  var daemon: Duration
  var location: Duration

  func subtracting(_ earlier: ProcessorUse?) -> ProcessorUse {
    ProcessorUse(daemon: daemon - (earlier?.daemon ?? .zero), location: location - (earlier?.location ?? .zero))
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
