// SPDX-License-Identifier: Apache-2.0

/// The reader's own view of an asset, usually another team's: its key, its partitions, and the type to decode it into.
///
/// The type is the reader's: fields are matched by name, unknown ones are ignored, and no source is shared. The owner must
/// share the asset with this location.
public struct Upstream<Value: Codable & Sendable>: Dependency {
  public let reading: DependencyReading<Value>

  /// Describes an asset to read.
  ///
  /// - Parameters:
  ///   - key: the asset's.
  ///   - partitions: the asset's, as the reader believes them; a mismatch with the owner's refuses the reader.
  public init(_ key: String, partitions: Partitions = .none) {
    reading = .one(key: key, partitions: .declared(partitions))
  }

  init(reading: DependencyReading<Value>) { self.reading = reading }
}

extension Dependency where Input: Codable {
  /// Reads every partition, as a lazy, ordered sequence, instead of one.
  public var all: AllPartitions<Input> { AllPartitions(of: reading.erased) }

  /// Reads the last promoted version, even where a newer one was rejected and the gate is closed.
  ///
  /// The run and `why` show that the step opted in.
  public var lastKnownGood: Upstream<Input> {
    var reading = reading
    reading.erased.binding = .lastKnownGood
    return Upstream(reading: reading)
  }
}
