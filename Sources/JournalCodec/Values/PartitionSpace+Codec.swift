// SPDX-License-Identifier: Apache-2.0

import AssetModel
import SwiftProtobuf

extension PBPartitionSpace {
  init(_ value: PartitionSpace) {
    self.init()
    switch value {
    case .single: single = Single()
    case .keys(let keys): self.keys = Keys.with { $0.keys = keys.all.map(\.description) }
    case .daily(let windows): daily = Daily(windows)
    case .hourly(let windows): hourly = Hourly(windows)
    }
  }

  func value() throws -> PartitionSpace {
    switch space {
    case .single: .single
    case .keys(let keys): .keys(try StaticKeys(stored: keys.keys))
    case .daily(let daily): .daily(try daily.windows())
    case .hourly(let hourly):
      .hourly(
        HourlyWindows(
          start: Timestamp(microseconds: hourly.startUs), limit: hourly.hasLimit ? Int(hourly.limit) : nil,
          zone: try Zone(hourly.zone), includingOpenWindow: hourly.includesOpenWindow))
    case nil: throw CodecProblem.unknown("partition space")
    }
  }
}

extension PBPartitionSpace.Daily {
  fileprivate init(_ windows: DailyWindows) {
    self.init()
    first = Int32(clamping: windows.first.daysSince1970)
    if let end = windows.last { last = Int32(clamping: end.daysSince1970) }
    zone = windows.zone.description
    includesOpenWindow = windows.includesOpenWindow
  }

  fileprivate func windows() throws -> DailyWindows {
    try DailyWindows(
      first: CivilDate(daysSince1970: Int(first)), last: hasLast ? CivilDate(daysSince1970: Int(last)) : nil, zone: Zone(zone),
      includingOpenWindow: includesOpenWindow)
  }
}

extension PBPartitionSpace.Hourly {
  fileprivate init(_ windows: HourlyWindows) {
    self.init()
    startUs = windows.start.microseconds
    if let count = windows.limit { limit = Int64(count) }
    zone = windows.zone.description
    includesOpenWindow = windows.includesOpenWindow
  }
}

extension PartitionSet {
  /// Each range as the gap before it and its length.
  var gaps: [UInt64] {
    var end = 0
    return ranges.flatMap { range in
      defer { end = range.upperBound }
      return [UInt64(range.lowerBound - end), UInt64(range.count)]
    }
  }

  /// More than any space of partitions has: as many hours are half a million years.
  static let furthest = UInt64(UInt32.max)

  init(gaps: [UInt64]) throws {
    var ranges: [Range<Int>] = []
    var end: UInt64 = 0
    guard gaps.count.isMultiple(of: 2) else { throw CodecProblem("half a partition range") }
    // Their number is even: there is always one more.
    for position in stride(from: 0, to: gaps.count, by: 2) {
      let (start, far) = end.addingReportingOverflow(gaps[position])
      let (stop, farther) = start.addingReportingOverflow(gaps[position + 1])
      guard !far, !farther, stop <= Self.furthest else { throw CodecProblem("a partition range beyond all bounds") }
      ranges.append(Int(start)..<Int(stop))
      end = stop
    }
    self.init(ranges: ranges)
  }
}
