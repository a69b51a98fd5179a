// SPDX-License-Identifier: Apache-2.0

/// Every partition that an upstream declares, fixed when the run is planned; made by `.all`.
public struct AllPartitions<Value: Codable & Sendable>: Dependency {
  public let reading: DependencyReading<PartitionedInput<Value>>

  init(of one: ErasedReading) {
    reading = DependencyReading(key: one.key, shape: .all, partitions: one.partitions, binding: one.binding) { input, loaders in
      PartitionedInput(
        input.versions.map { pinned in (pinned.version.partition, { try await loaders.load(Value.self, pinned) }) })
    }
  }

  private init(reading: DependencyReading<PartitionedInput<Value>>) { self.reading = reading }

  /// Reads the last promoted version of each partition, even where a newer one was rejected and the gate is closed.
  public var lastKnownGood: AllPartitions {
    var reading = reading
    reading.erased.binding = .lastKnownGood
    return AllPartitions(reading: reading)
  }
}
