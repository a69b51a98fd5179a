// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Which partitions an asset has, as its team writes them.
///
/// A plain value that is checked when the location loads, so that it can be a `static let`; a mistake in it is reported with
/// all other definition errors.
public struct Partitions: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case single
    case keys([String])
    case daily(from: String, through: String?, zone: String)
    case hourly(from: String, through: String?, zone: String)
  }

  package let kind: Kind

  /// Unpartitioned: one partition.
  public static let none = Partitions(kind: .single)

  /// A fixed list of keys, in this order.
  public static func keys(_ keys: String...) -> Partitions { .keys(keys) }

  /// A fixed list of keys, in this order.
  public static func keys(_ keys: [String]) -> Partitions { Partitions(kind: .keys(keys)) }

  /// One partition a day of a time zone, keyed `2013-11-03`.
  ///
  /// - Parameters:
  ///   - from: the first day, `YYYY-MM-DD`.
  ///   - through: the last day, included; nil for no end.
  ///   - zone: an IANA time zone such as `Europe/Zurich`, or `UTC`.
  public static func daily(from: String, through: String? = nil, in zone: String) -> Partitions {
    Partitions(kind: .daily(from: from, through: through, zone: zone))
  }

  /// One partition an hour of elapsed time, from the first instant of a day, keyed `2013-11-03T01:00-04:00`.
  ///
  /// - Parameters:
  ///   - from: the first day, `YYYY-MM-DD`.
  ///   - through: the last day, included; nil for no end.
  ///   - zone: an IANA time zone such as `Europe/Zurich`, or `UTC`.
  public static func hourly(from: String, through: String? = nil, in zone: String) -> Partitions {
    Partitions(kind: .hourly(from: from, through: through, zone: zone))
  }

  package var isPartitioned: Bool { kind != .single }

  /// The checked form.
  ///
  /// - Throws: ``ModelError`` that says what to write instead.
  package func space() throws(ModelError) -> PartitionSpace {
    switch kind {
    case .single: return .single
    case .keys(let keys): return .keys(try StaticKeys(keys))
    case .daily(let from, let through, let zone):
      return .daily(try DailyWindows(first: day(from), last: through.map(day), zone: Zone(zone)))
    case .hourly(let from, let through, let zone):
      return .hourly(try HourlyWindows(first: day(from), last: through.map(day), zone: Zone(zone)))
    }
  }

  private func day(_ text: String) throws(ModelError) -> CivilDate {
    guard let day = CivilDate(text) else {
      throw ModelError(.malformedPartitionSpace, "'\(text)' is no day: write one that exists as YYYY-MM-DD")
    }
    return day
  }
}

extension Optional {
  /// `map` with a typed error.
  fileprivate func map<Result>(_ transform: (Wrapped) throws(ModelError) -> Result) throws(ModelError) -> Result? {
    if let self { try transform(self) } else { nil }
  }
}
