// SPDX-License-Identifier: Apache-2.0

/// The random name of a store's life, renewed when a backup is restored, so that no surviving host answers for
/// another world's run 1 (semantics 15).
public struct Incarnation: Hashable, Sendable, Codable, CustomStringConvertible {
  public let value: UInt32
  public init(_ value: UInt32) { self.value = value }

  /// Eight hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// The number of one daemon's reign over a store; it grows on each start, and hosts refuse lower ones.
public typealias Epoch = UInt64

/// A run's number within its store; people type it as it is.
public struct RunID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  public let number: UInt64
  public init(_ number: UInt64) { self.number = number }
  public init(from decoder: any Decoder) throws { number = try decoder.singleValueContainer().decode(UInt64.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }

  public var description: String { String(number) }
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// One step of a run: its place in the run's plan.
public struct StepID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  public let run: RunID
  /// Steps of a run count 0, 1, 2, …
  public let ordinal: Int

  public init(run: RunID, ordinal: Int) {
    self.run = run
    self.ordinal = ordinal
  }

  public var description: String { "\(run).\(ordinal)" }
  public static func < (left: Self, right: Self) -> Bool { (left.run, left.ordinal) < (right.run, right.ordinal) }
}

/// One try at a step, unique across stores and restores: `8f3a12bc.17.4.1`.
public struct AttemptID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  public let incarnation: Incarnation
  public let step: StepID
  /// 1 for the first.
  public let number: Int

  public init(incarnation: Incarnation, step: StepID, number: Int) {
    self.incarnation = incarnation
    self.step = step
    self.number = number
  }

  /// Parses what ``description`` prints.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedIdentifier``.
  public init(_ text: String) throws(ModelError) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0].utf8.count == 8, let incarnation = UInt32(parts[0], radix: 16), let run = UInt64(parts[1]),
      let ordinal = Int(parts[2]), ordinal >= 0, let number = Int(parts[3]), number > 0
    else { throw ModelError(.malformedIdentifier, "'\(text.quoted)' is no attempt id: write incarnation.run.step.attempt") }
    self.init(incarnation: Incarnation(incarnation), step: StepID(run: RunID(run), ordinal: ordinal), number: number)
    // Number parsing takes signs, zeros in front and capitals, which are never written: one attempt has one id.
    guard description == text else {
      throw ModelError(.malformedIdentifier, "'\(text.quoted)' is no attempt id: write \(description)")
    }
  }

  public var description: String { "\(incarnation).\(step).\(number)" }
  public static func < (left: Self, right: Self) -> Bool {
    (left.incarnation.value, left.step, left.number) < (right.incarnation.value, right.step, right.number)
  }
}

/// The place of a version in the total order of its asset partition; 1 for the first, 0 for none.
public typealias VersionNumber = UInt32

/// One materialization of one asset partition, unique across stores and restores.
public struct VersionID: Hashable, Sendable, Codable, CustomStringConvertible {
  public let incarnation: Incarnation
  public let asset: AssetKey
  public let partition: PartitionKey
  public let number: VersionNumber

  public init(incarnation: Incarnation, asset: AssetKey, partition: PartitionKey, number: VersionNumber) {
    self.incarnation = incarnation
    self.asset = asset
    self.partition = partition
    self.number = number
  }

  /// `weather/hourly[2013-11-03] v2`.
  public var description: String {
    partition == .only ? "\(asset) v\(number)" : "\(asset)[\(partition)] v\(number)"
  }
}
