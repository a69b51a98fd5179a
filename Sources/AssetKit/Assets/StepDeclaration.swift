// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// One closure of a team and all that is said about it, unchecked and its types erased.
package struct StepDeclaration: Sendable {
  package let name: String
  package let source: SourcePlace
  /// nil where they are those of what the step reads.
  package let partitions: Partitions?
  package let readings: [ErasedReading]
  package var outputs: [AssetAttributes]
  package var retry: RetryPolicy = .none
  package var timeout: Duration = StepSpec.defaultTimeout
  package var codeVersion: String?
  /// Runs the team's closure; one value an output, in the order of `outputs`.
  package let compute: @Sendable (BoundInputs, Step) async throws -> [any Codable & Sendable]

  package init(
    name: String, source: SourcePlace, partitions: Partitions, readings: [ErasedReading], outputs: [AssetAttributes],
    compute: @escaping @Sendable (BoundInputs, Step) async throws -> [any Codable & Sendable]
  ) {
    self.name = name
    self.source = source
    self.partitions = partitions.own
    self.readings = readings
    self.outputs = outputs
    self.compute = compute
  }

  /// The partitions as far as they can be known without the rest of the location: named, or inherited from the first
  /// partitioned dependency that is read partition by partition.
  package var hint: Partitions? {
    partitions ?? readings.lazy.filter { $0.shape == .one }.compactMap(\.partitions.hint).first { $0.isPartitioned }
  }
}

/// A definition that runs one closure of a team: an ``Asset``, or ``Assets`` that come from one step.
///
/// Every modifier returns a changed copy.
public protocol StepDefining: Definition {
  /// What has been said so far.
  var settings: StepSettings { get set }
}

/// What a team says about how a step runs.
public struct StepSettings: Sendable {
  package var step: StepDeclaration
}

extension StepDefining {
  /// What happens when the closure throws or times out: by default the step fails at once.
  public func retry(_ policy: RetryPolicy) -> Self { changed { $0.retry = policy } }

  /// How long one attempt may take, checks included; an hour unless said otherwise.
  public func timeout(_ timeout: Duration) -> Self { changed { $0.timeout = timeout } }

  /// The version of the closure, for people; bump it when its meaning changes.
  public func codeVersion(_ version: String) -> Self { changed { $0.codeVersion = version } }

  private func changed(_ change: (inout StepDeclaration) -> Void) -> Self {
    var copy = self
    change(&copy.settings.step)
    return copy
  }
}
