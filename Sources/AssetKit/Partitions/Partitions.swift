// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Which partitions an asset has, as its team writes them.
///
/// A plain value that is checked when the location loads, so that it can be a `static let`; a mistake in it is reported with
/// all other definition errors.
public struct Partitions: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// Those of what is read: nothing of its own.
    case inherited
    case single
    case keys([String])
    case daily(from: String, through: String?, zone: String)
    case hourly(from: String, through: String?, zone: String)
  }

  package let kind: Kind
  private var includesOpenWindow = false

  private init(kind: Kind) { self.kind = kind }

  /// Those of the first partitioned dependency that is read partition by partition, and none without one: what an asset has that says
  /// nothing. An ``Upstream`` cannot have them.
  public static let inherited = Partitions(kind: .inherited)

  /// Unpartitioned: one partition.
  public static let none = Partitions(kind: .single)

  /// A fixed list of keys, in this order.
  public static func keys(_ keys: String...) -> Partitions { .keys(keys) }

  /// A fixed list of keys, in this order.
  public static func keys(_ keys: [String]) -> Partitions { Partitions(kind: .keys(keys)) }

  /// One partition a day of a time zone, keyed `2013-11-03`; a day is a partition once it has ended.
  ///
  /// - Parameters:
  ///   - from: the first day, `YYYY-MM-DD`.
  ///   - through: the last day, included; nil for no end.
  ///   - zone: an IANA time zone such as `Europe/Zurich`, or `UTC`.
  public static func daily(from: String, through: String? = nil, in zone: String) -> Partitions {
    Partitions(kind: .daily(from: from, through: through, zone: zone))
  }

  /// One partition an hour of elapsed time, from the first instant of a day, keyed `2013-11-03T01:00-04:00`; an hour is a partition
  /// once it has ended.
  ///
  /// - Parameters:
  ///   - from: the first day, `YYYY-MM-DD`.
  ///   - through: the last day, included; nil for no end.
  ///   - zone: an IANA time zone such as `Europe/Zurich`, or `UTC`.
  public static func hourly(from: String, through: String? = nil, in zone: String) -> Partitions {
    Partitions(kind: .hourly(from: from, through: through, zone: zone))
  }

  /// The same, with the window that has begun and not ended as a partition, too.
  ///
  /// It can be materialized again and again while it grows; whoever reads all partitions reads it with the others. `latest` is the open
  /// window then. Only for days and hours.
  public var includingOpenWindow: Partitions {
    var result = self
    result.includesOpenWindow = true
    return result
  }

  package var isPartitioned: Bool { kind != .single }

  /// nil where they are inherited.
  package var own: Partitions? { kind == .inherited && !includesOpenWindow ? nil : self }

  /// The checked form.
  ///
  /// - Throws: ``ModelError`` that says what to write instead.
  package func space() throws(ModelError) -> PartitionSpace {
    switch kind {
    case .inherited:
      throw ModelError(
        .malformedPartitionSpace,
        includesOpenWindow
          ? "'.inherited' partitions are those of the upstream, with its open window or without: leave out '.includingOpenWindow'"
          : "'.inherited' says nothing of an upstream: write the partitions that it has, or '.none'")
    case .single, .keys:
      if includesOpenWindow {
        throw ModelError(.malformedPartitionSpace, "'.includingOpenWindow' is for daily and hourly partitions: leave it out")
      }
      guard case .keys(let keys) = kind else { return .single }
      return .keys(try StaticKeys(keys))
    case .daily(let from, let through, let zone):
      return .daily(
        try DailyWindows(
          first: day(from), last: through.map(day), zone: Zone(zone), includingOpenWindow: includesOpenWindow))
    case .hourly(let from, let through, let zone):
      return .hourly(
        try HourlyWindows(
          first: day(from), last: through.map(day), zone: Zone(zone), includingOpenWindow: includesOpenWindow))
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
