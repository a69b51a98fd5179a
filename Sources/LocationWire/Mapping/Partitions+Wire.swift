// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

extension PartitionSpace: WireMapped {
  package init(wire: Sluice_Location_V1_PartitionSpace) throws(WireError) {
    switch wire.space {
    case .single: self = .single
    case .keys(let keys):
      self = .keys(try readModel("keys") { () throws(ModelError) in try StaticKeys(keys.keys) })
    case .daily(let windows): self = .daily(try read("daily", windows))
    case .hourly(let windows): self = .hourly(try read("hourly", windows))
    case nil: throw unknownValue("space", "none")
    }
  }

  package var wire: Sluice_Location_V1_PartitionSpace {
    .with {
      switch self {
      case .single: $0.single = .init()
      case .keys(let keys): $0.keys.keys = keys.all.map(\.description)
      case .daily(let windows): $0.daily = windows.wire
      case .hourly(let windows): $0.hourly = windows.wire
      }
    }
  }
}

extension DailyWindows: WireMapped {
  package init(wire: Sluice_Location_V1_PartitionSpace.Daily) throws(WireError) {
    let first: CivilDate = try read("first", wire.first)
    let last: CivilDate? = wire.hasLast ? try read("last", wire.last) : nil
    let zone: Zone = try read("zone", wire.zone)
    self = try readModel("last") { () throws(ModelError) in
      try DailyWindows(first: first, last: last, zone: zone, includingOpenWindow: wire.includesOpenWindow)
    }
  }

  package var wire: Sluice_Location_V1_PartitionSpace.Daily {
    .with {
      $0.first = first.wire
      if let last { $0.last = last.wire }
      $0.zone = zone.wire
      $0.includesOpenWindow = includesOpenWindow
    }
  }
}

extension HourlyWindows: WireMapped {
  package init(wire: Sluice_Location_V1_PartitionSpace.Hourly) throws(WireError) {
    guard !wire.hasLimit || wire.limit <= Self.furthest else {
      throw WireError(.overLimit, field: "limit", "\(wire.limit) is over the limit of \(Self.furthest) hours")
    }
    guard wire.startUs % 1_000_000 == 0, (Self.earliest...Self.latest).contains(wire.startUs) else {
      throw WireError(.malformed, field: "start_us", "is no whole second between the years 1 and 9999")
    }
    self.init(
      // Within the bound.
      start: Timestamp(microseconds: wire.startUs), limit: wire.hasLimit ? Int(wire.limit) : nil,
      zone: try read("zone", wire.zone), includingOpenWindow: wire.includesOpenWindow)
  }

  package var wire: Sluice_Location_V1_PartitionSpace.Hourly {
    .with {
      $0.startUs = start.microseconds
      if let limit { $0.limit = UInt64(limit) }
      $0.zone = zone.wire
      $0.includesOpenWindow = includesOpenWindow
    }
  }

  /// The hours of ten thousand years.
  private static let furthest: UInt64 = 87_660_000
  private static let earliest = Timestamp(seconds: -62_135_596_800).microseconds
  private static let latest = Timestamp(seconds: 253_402_300_799).microseconds
}

extension CivilDate: WireMapped {
  package init(wire text: String) throws(WireError) {
    guard let day = CivilDate(text) else {
      throw WireError(.malformed, field: "", "'\(text.quoted)' is no day: write YYYY-MM-DD")
    }
    self = day
  }

  package var wire: String { description }
}

extension Zone: WireMapped {
  package init(wire name: String) throws(WireError) {
    self = try readModel("") { () throws(ModelError) in try Zone(name) }
  }

  package var wire: String { description }
}
