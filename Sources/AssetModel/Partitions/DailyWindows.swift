// SPDX-License-Identifier: Apache-2.0

/// One partition a day of a time zone; a day lasts from its first instant to the next day's, so 23 to 25 hours.
///
/// A day that a zone skipped when it moved across the date line has an empty window.
public struct DailyWindows: Hashable, Sendable {
  public let first: CivilDate
  /// The last day, included; nil for no end.
  public let last: CivilDate?
  public let zone: Zone
  /// Whether the day that has begun and not ended is a partition, too.
  public let includesOpenWindow: Bool

  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedPartitionSpace`` when `last` is before `first`.
  public init(first: CivilDate, last: CivilDate?, zone: Zone, includingOpenWindow: Bool = false) throws(ModelError) {
    if let last, last < first {
      throw ModelError(.malformedPartitionSpace, "daily partitions end (\(last)) before they begin (\(first))")
    }
    self.first = first
    self.last = last
    self.zone = zone
    includesOpenWindow = includingOpenWindow
  }

  /// How many partitions exist at an instant: windows that have ended, and the open one where it is included (semantics 12).
  public func count(at now: Timestamp) -> Int {
    let today = zone.day(at: now)
    let newest = includesOpenWindow ? today : today.advanced(by: -1)
    return max(0, min(newest, last ?? newest).daysSince1970 - first.daysSince1970 + 1)
  }

  /// The key of a window.
  public func key(at index: Int) -> PartitionKey { PartitionKey(first.advanced(by: index).description) }

  /// The index of a key, or nil where it names no day of these; the day need not exist yet.
  public func index(of key: PartitionKey) -> Int? {
    CivilDate(key.description).flatMap { checked($0.daysSince1970 - first.daysSince1970) }
  }

  /// The span of time that a window covers; its end is the next one's beginning.
  public func window(at index: Int) -> Range<Timestamp> {
    let day = first.advanced(by: index)
    return zone.startOfDay(day)..<zone.startOfDay(day.advanced(by: 1))
  }

  func checked(_ index: Int) -> Int? {
    guard index >= 0 else { return nil }
    if let last, first.advanced(by: index) > last { return nil }
    return index
  }
}

extension DailyWindows: Codable {
  private enum Field: String, CodingKey { case from, through, zone, includesOpenWindow }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    let last = try fields.decodeIfPresent(String.self, forKey: .through)
    guard let first = CivilDate(try fields.decode(String.self, forKey: .from)), last == nil || CivilDate(last!) != nil
    else { throw ModelError(.malformedPartitionSpace, "a day is written YYYY-MM-DD") }
    try self.init(
      first: first, last: last.flatMap { CivilDate($0) }, zone: fields.decode(Zone.self, forKey: .zone),
      includingOpenWindow: fields.decodeIfPresent(Bool.self, forKey: .includesOpenWindow) ?? false)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(first.description, forKey: .from)
    try fields.encodeIfPresent(last?.description, forKey: .through)
    try fields.encode(zone, forKey: .zone)
    if includesOpenWindow { try fields.encode(true, forKey: .includesOpenWindow) }
  }
}
