// SPDX-License-Identifier: Apache-2.0

/// One partition an hour of elapsed time, from the first instant of a day.
///
/// Keys carry the offset, `2013-11-03T01:00-04:00`, so that the hour which the clocks repeat has two distinct keys.
public struct HourlyWindows: Hashable, Sendable {
  /// The first window's first instant; a whole hour of the zone's first day.
  public let start: Timestamp
  /// How many windows there are; nil for no end.
  public let limit: Int?
  public let zone: Zone
  /// Whether the hour that has begun and not ended is a partition, too.
  public let includesOpenWindow: Bool

  /// Every hour from the first instant of `first` to the end of `last`.
  ///
  /// Where a zone shifts by half an hour, a last window that the day's end cuts in two belongs to the day, whole.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedPartitionSpace`` when `last` is before `first`, or when the
  ///   zone's offset is then no whole number of minutes, as before standard time.
  public init(first: CivilDate, last: CivilDate?, zone: Zone, includingOpenWindow: Bool = false) throws(ModelError) {
    if let last, last < first {
      throw ModelError(.malformedPartitionSpace, "hourly partitions end (\(last)) before they begin (\(first))")
    }
    let start = zone.startOfDay(first)
    if zone.offset(at: start) % 60 != 0 {
      throw ModelError(.malformedPartitionSpace, "hourly partitions cannot begin before \(zone) has standard time (\(first))")
    }
    let seconds = last.map { zone.startOfDay($0.advanced(by: 1)).seconds - start.seconds }
    self.init(
      start: start, limit: seconds.map { Int(($0 + 3_599) / 3_600) }, zone: zone, includingOpenWindow: includingOpenWindow)
  }

  /// For decoding what ``init(first:last:zone:includingOpenWindow:)`` once built; a negative limit counts as none at all.
  public init(start: Timestamp, limit: Int?, zone: Zone, includingOpenWindow: Bool = false) {
    self.start = start
    self.limit = limit.map { max(0, $0) }
    self.zone = zone
    includesOpenWindow = includingOpenWindow
  }

  /// How many partitions exist at an instant: windows that have ended, and the open one where it is included (semantics 12).
  public func count(at now: Timestamp) -> Int {
    guard now >= start else { return 0 }
    let ended = Int((now.seconds - start.seconds) / 3_600)
    let count = includesOpenWindow ? ended + 1 : ended
    return min(count, limit ?? count)
  }

  /// The key of a window, with the offset that holds at its beginning.
  public func key(at index: Int) -> PartitionKey {
    let instant = window(at: index).lowerBound
    let offset = zone.offset(at: instant)
    let local = LocalTime(secondsSince1970: instant.seconds + Int64(offset))
    let minutes = abs(offset) / 60
    let usual = String(unsafeUninitializedCapacity: Self.textBytes) { bytes in
      guard local.day.write(to: bytes), minutes < 6_000 else { return 0 }
      bytes[10] = UInt8(ascii: "T")
      FixedDigits.write(local.second / 3_600, in: 11..<13, of: bytes)
      bytes[13] = UInt8(ascii: ":")
      FixedDigits.write(local.second / 60 % 60, in: 14..<16, of: bytes)
      bytes[16] = offset < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
      FixedDigits.write(minutes / 60, in: 17..<19, of: bytes)
      bytes[19] = UInt8(ascii: ":")
      FixedDigits.write(minutes % 60, in: 20..<22, of: bytes)
      return Self.textBytes
    }
    if !usual.isEmpty { return PartitionKey(usual) }
    return PartitionKey(
      "\(local.day)T\((local.second / 3_600).padded(2)):\((local.second / 60 % 60).padded(2))"
        + "\(offset < 0 ? "-" : "+")\((minutes / 60).padded(2)):\((minutes % 60).padded(2))")
  }

  /// The bytes of a key such as `2013-11-03T01:00-04:00`.
  private static let textBytes = 22

  /// The index of a key, or nil where it names no hour of these; the hour need not exist yet.
  public func index(of key: PartitionKey) -> Int? {
    guard let instant = Self.instant(of: key.description), let index = index(startingAt: instant), self.key(at: index) == key
    else { return nil }
    return index
  }

  /// The window that begins at exactly this instant, or nil when there is none.
  func index(startingAt instant: Timestamp) -> Int? {
    let (index, rest) = (instant.seconds - start.seconds).quotientAndFloor(dividingBy: 3_600)
    return rest == 0 ? checked(Int(index)) : nil
  }

  /// The span of time that a window covers; its end is the next one's beginning.
  public func window(at index: Int) -> Range<Timestamp> {
    let low = start.seconds + Int64(index) * 3_600
    return Timestamp(seconds: low)..<Timestamp(seconds: low + 3_600)
  }

  func checked(_ index: Int) -> Int? { index >= 0 && index < limit ?? .max ? index : nil }

  /// Parses `YYYY-MM-DDThh:mm±hh:mm`.
  private static func instant(of text: String) -> Timestamp? {
    text.withASCII { bytes in
      guard bytes.count == textBytes, let day = CivilDate(ascii: bytes), bytes[10] == UInt8(ascii: "T"),
        let second = FixedDigits.clock(at: 11, of: bytes), let offset = FixedDigits.clock(at: 17, of: bytes)
      else { return nil }
      let sign: Int
      switch bytes[16] {
      case UInt8(ascii: "+"): sign = 1
      case UInt8(ascii: "-"): sign = -1
      default: return nil
      }
      return Timestamp(seconds: LocalTime(day: day, second: second).secondsSince1970 - Int64(sign * offset))
    }
  }
}

extension HourlyWindows: Codable {
  private enum Field: String, CodingKey { case start, limit, zone, includesOpenWindow }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    self.init(
      start: try fields.decode(Timestamp.self, forKey: .start), limit: try fields.decodeIfPresent(Int.self, forKey: .limit),
      zone: try fields.decode(Zone.self, forKey: .zone),
      includingOpenWindow: try fields.decodeIfPresent(Bool.self, forKey: .includesOpenWindow) ?? false)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(start, forKey: .start)
    try fields.encodeIfPresent(limit, forKey: .limit)
    try fields.encode(zone, forKey: .zone)
    if includesOpenWindow { try fields.encode(true, forKey: .includesOpenWindow) }
  }
}
