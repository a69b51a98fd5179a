// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Logging
import Synchronization

/// The daemon's log, as far as it tells of locations: each has one share of it, whatever the lines come from.
package final class LocationLog: Sendable {
  package let logger: Logger
  private let shares = Mutex(LineShares())

  package init(_ logger: Logger) { self.logger = logger }

  /// Writes a line about a location, where its share of the minute has room for it. What it quotes is cut.
  ///
  /// - Parameters:
  ///   - metadata: made only where the line is written.
  ///   - location: named in the line; nil for a line that no location causes.
  package func log(
    _ level: Logger.Level, _ message: String, of location: LocationName?, at now: Timestamp,
    _ metadata: () -> Logger.Metadata
  ) {
    guard level >= logger.logLevel else { return }
    guard let location else { return logger.log(level: level, "\(message)", metadata: metadata()) }
    tell(
      shares.withLock { shares in
        let leftOut = shares.turn(to: now)
        return (leftOut, shares.admit(location))
      }, of: location, level, message, metadata)
  }

  private func tell(
    _ found: (leftOut: [LineShares.LeftOut], isAdmitted: Bool), of location: LocationName, _ level: Logger.Level,
    _ message: String, _ metadata: () -> Logger.Metadata
  ) {
    for leftOut in found.leftOut { tell(leftOut) }
    guard found.isAdmitted else { return }
    let line = metadata().mapValues { $0.cut(toBytes: EventLogLimits.messageBytes) }
    shares.withLock { $0.take(bytes: message.utf8.count + line.shownBytes, of: location) }
    logger.log(level: level, "\(message)", metadata: line)
  }

  /// Says what was left out of the minutes before an instant.
  package func turn(to now: Timestamp) {
    for leftOut in shares.withLock({ $0.turn(to: now) }) { tell(leftOut) }
  }

  private func tell(_ leftOut: LineShares.LeftOut) {
    logger.warning(
      "lines about a location were left out",
      metadata: [
        "location": .string(leftOut.location.description), "lines": .stringConvertible(leftOut.lines),
        "limit": .string(
          "\(EventLogLimits.linesPerMinute) lines (linesPerMinute), \(EventLogLimits.bytesPerMinute) bytes (bytesPerMinute)"),
      ])
  }

  /// How many lines about each location were left out since the daemon started.
  package var leftOut: [LocationName: UInt64] { shares.withLock { $0.leftOutInAll } }
}

/// What each location has had of the log in the present minute.
struct LineShares {
  struct LeftOut {
    let location: LocationName
    let lines: Int
  }

  private struct Share {
    var lines = 0
    var bytes = 0
    var leftOut = 0

    var hasRoom: Bool { lines < EventLogLimits.linesPerMinute && bytes < EventLogLimits.bytesPerMinute }
  }

  private var minute = Int64.min
  private var shares: [LocationName: Share] = [:]
  private(set) var leftOutInAll: [LocationName: UInt64] = [:]

  /// What was left out of the minutes before the one of an instant.
  ///
  /// A minute ends once: instants of the journal and of the clock come in any order, and where the clock is set back the journal's
  /// stand still.
  mutating func turn(to now: Timestamp) -> [LeftOut] {
    let (next, _) = now.seconds.quotientAndRemainder(dividingBy: 60)
    guard next > minute else { return [] }
    minute = next
    defer { shares.removeAll(keepingCapacity: true) }
    return shares.compactMap { $1.leftOut > 0 ? LeftOut(location: $0, lines: $1.leftOut) : nil }
      .sorted { $0.location < $1.location }
  }

  /// - Returns: whether the location may have another line; where it may not, that is counted.
  mutating func admit(_ location: LocationName) -> Bool {
    var share = shares[location] ?? Share()
    defer { shares[location] = share }
    guard share.hasRoom else {
      share.leftOut += 1
      leftOutInAll[location, default: 0] &+= 1
      return false
    }
    share.lines += 1
    return true
  }

  /// Counts what a line has that was admitted: the last one of a minute may go beyond the share.
  mutating func take(bytes: Int, of location: LocationName) { shares[location, default: Share()].bytes += bytes }
}

extension Logger.MetadataValue {
  fileprivate func cut(toBytes limit: Int) -> Self {
    switch self {
    case .string(let text): .string(text.cut(toBytes: limit, mark: "…"))
    case .stringConvertible(let value): value is any BinaryInteger ? self : .string("\(value)".cut(toBytes: limit, mark: "…"))
    case .array(let values): .array(values.prefix(EventLogLimits.names + 1).map { $0.cut(toBytes: limit) })
    case .dictionary(let values): .dictionary(values.mapValues { $0.cut(toBytes: limit) })
    }
  }

  /// At least about as many bytes as a line takes to write it: what is escaped takes up to six times its own.
  fileprivate var shownBytes: Int {
    switch self {
    case .string(let text): text.utf8.reduce(2) { $0 + Self.shownBytes(of: $1) }
    case .stringConvertible(let value): "\(value)".utf8.count
    case .array(let values): values.reduce(2) { $0 + $1.shownBytes + 1 }
    case .dictionary(let values): values.shownBytes
    }
  }

  private static func shownBytes(of byte: UInt8) -> Int {
    switch byte {
    case 0..<0x20, 0x7F: 6
    case 0x80...: 4
    case 0x22, 0x5C: 2
    default: 1
    }
  }
}

extension [String: Logger.MetadataValue] {
  fileprivate var shownBytes: Int { reduce(EventLogLimits.lineBytes) { $0 + $1.key.utf8.count + $1.value.shownBytes + 4 } }
}
