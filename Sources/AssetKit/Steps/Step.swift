// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// What a closure or a check knows about the attempt that it runs in: its last parameter.
///
/// When the attempt is cancelled or passes its deadline, `Task.isCancelled` becomes true; end soon then, by throwing.
public struct Step: Sendable {
  /// The attempt; `attempt.step.run` is the run.
  public let attempt: AttemptID
  /// The name of the step: the asset's key where it yields one.
  public let name: String
  /// The partition to make; ``PartitionKey/only`` where the asset is not partitioned.
  public let partition: PartitionKey
  /// The versions that the step reads, pinned: newer ones do not appear while it runs.
  public let inputs: [GrantedInput]
  /// After this instant the attempt counts for nothing, checks included.
  public let deadline: Timestamp
  /// The trace that the run was launched in, with this attempt's own span; nil where nobody traces it.
  ///
  /// Requests that the step makes carry its ``StepTrace/headers``, so that what they cause shows below the step.
  public let trace: StepTrace?
  /// Settings and secrets of the location.
  public let configuration: Configuration
  /// Lines for people, shown with the run.
  public let log: StepLog
  /// Values shown with the version; in a check, with its result.
  public let metadata: StepMetadata

  private let space: PartitionSpace
  private let resources: ResourcePool

  package init(
    attempt: AttemptID, name: String, partition: PartitionKey, inputs: [GrantedInput], deadline: Timestamp,
    trace: StepTrace? = nil, configuration: Configuration, log: StepLog, metadata: StepMetadata, space: PartitionSpace,
    resources: ResourcePool
  ) {
    self.attempt = attempt
    self.name = name
    self.partition = partition
    self.inputs = inputs
    self.deadline = deadline
    self.trace = trace
    self.configuration = configuration
    self.log = log
    self.metadata = metadata
    self.space = space
    self.resources = resources
  }

  public var run: RunID { attempt.step.run }

  /// The day to make.
  ///
  /// - Throws: ``PartitionError`` when the asset has no daily partitions.
  public var date: CivilDate {
    get throws {
      guard case .daily = space, let day = CivilDate(partition.description) else {
        throw PartitionError("\(name) has no daily partitions, so its step has no date")
      }
      return day
    }
  }

  /// The span of time to make, its end excluded.
  ///
  /// - Throws: ``PartitionError`` when the asset's partitions are no windows of time.
  public var window: Range<Timestamp> {
    get throws {
      guard let window = space.index(of: partition).flatMap({ space.window(at: $0) }) else {
        throw PartitionError("\(name) has no daily or hourly partitions, so its step has no window")
      }
      return window
    }
  }

  /// A resource that the location's definitions declare; made when first asked for.
  ///
  /// - Throws: ``ResourceError`` when none of this type is declared, or what its maker throws.
  public func resource<Value: Sendable>(_ type: Value.Type) async throws -> Value { try await resources.get(type) }
}

/// A step asked for a date or a window that its partition does not have.
public struct PartitionError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
