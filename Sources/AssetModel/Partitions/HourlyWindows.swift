// SPDX-License-Identifier: Apache-2.0

/// One partition an hour of elapsed time, from the first instant of a day.
///
/// Keys carry the offset, `2013-11-03T01:00-04:00`, so that the hour which the clocks repeat has two distinct keys.
public struct HourlyWindows: Hashable, Sendable, Codable {
  /// The first window's first instant; a whole hour of the zone's first day.
  public let start: Timestamp
  /// How many windows there are; nil for no end.
  public let limit: Int?
  public let zone: Zone

  /// Every hour from the first instant of `first` to the end of `last`.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedPartitionSpace`` when `last` is before `first`.
  public init(first: CivilDate, last: CivilDate?, zone: Zone) throws(ModelError) {
    if let last, last < first {
      throw ModelError(.malformedPartitionSpace, "hourly partitions end (\(last)) before they begin (\(first))")
    }
    let start = zone.startOfDay(first)
    self.init(
      start: start, limit: last.map { Int((zone.startOfDay($0.advanced(by: 1)).seconds - start.seconds) / 3_600) }, zone: zone)
  }

  /// For decoding what ``init(first:last:zone:)`` once built.
  public init(start: Timestamp, limit: Int?, zone: Zone) {
    self.start = start
    self.limit = limit
    self.zone = zone
  }

  public func count(at now: Timestamp) -> Int {
    guard now >= start else { return 0 }
    let begun = Int((now.seconds - start.seconds) / 3_600) + 1
    return min(begun, limit ?? begun)
  }

  public func key(at index: Int) -> PartitionKey {
    let instant = window(at: index).lowerBound
    let local = zone.local(at: instant)
    let offset = zone.offset(at: instant)
    let minutes = abs(offset) / 60
    return PartitionKey(
      "\(local.day)T\((local.second / 3_600).padded(2)):\((local.second / 60 % 60).padded(2))"
        + "\(offset < 0 ? "-" : "+")\((minutes / 60).padded(2)):\((minutes % 60).padded(2))")
  }

  public func index(of key: PartitionKey) -> Int? {
    guard let instant = Self.instant(of: key.description) else { return nil }
    let (index, rest) = (instant.seconds - start.seconds).quotientAndFloor(dividingBy: 3_600)
    guard rest == 0, let checked = checked(Int(index)), self.key(at: checked) == key else { return nil }
    return checked
  }

  public func latestClosed(at now: Timestamp) -> Int? {
    let begun = Int((now.seconds - start.seconds).quotientAndFloor(dividingBy: 3_600).0)
    let index = min(begun, limit ?? begun) - 1
    return index >= 0 ? index : nil
  }

  public func window(at index: Int) -> Range<Timestamp> {
    let low = start.seconds + Int64(index) * 3_600
    return Timestamp(seconds: low)..<Timestamp(seconds: low + 3_600)
  }

  func checked(_ index: Int) -> Int? { index >= 0 && index < limit ?? .max ? index : nil }

  /// Parses `YYYY-MM-DDThh:mm±hh:mm`.
  private static func instant(of text: String) -> Timestamp? {
    let bytes = Array(text.utf8)
    guard bytes.count == 22, let day = CivilDate(String(decoding: bytes[0..<10], as: UTF8.self)), bytes[10] == UInt8(ascii: "T"),
      bytes[13] == UInt8(ascii: ":"), bytes[19] == UInt8(ascii: ":"), let hour = number(bytes[11..<13]), hour < 24,
      let minute = number(bytes[14..<16]), minute < 60, let hours = number(bytes[17..<19]), let minutes = number(bytes[20..<22])
    else { return nil }
    let sign: Int
    switch bytes[16] {
    case UInt8(ascii: "+"): sign = 1
    case UInt8(ascii: "-"): sign = -1
    default: return nil
    }
    let local = LocalTime(day: day, second: hour * 3_600 + minute * 60)
    return Timestamp(seconds: local.secondsSince1970 - Int64(sign * (hours * 3_600 + minutes * 60)))
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    digits.allSatisfy { (48...57).contains($0) } ? Int(String(decoding: digits, as: UTF8.self)) : nil
  }
}
