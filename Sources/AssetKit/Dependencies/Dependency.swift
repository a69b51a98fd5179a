// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Something that a step reads: an ``Asset`` or ``Output`` of the same location, an ``Upstream`` of another, or `.all` of either.
public protocol Dependency<Input>: Sendable {
  /// What the closure receives.
  associatedtype Input: Sendable
  /// How it is read.
  var reading: DependencyReading<Input> { get }
}

/// How a dependency is read, and how its pinned versions become the closure's parameter.
public struct DependencyReading<Input: Sendable>: Sendable {
  package var erased: ErasedReading

  package init(
    key: String, shape: ErasedReading.Shape, partitions: ErasedReading.UpstreamPartitions, binding: BindingPolicy = .gated,
    bind: @escaping @Sendable (GrantedInput, Loaders) async throws -> Input
  ) {
    erased = ErasedReading(
      key: key, shape: shape, partitions: partitions, binding: binding, bind: { try await bind($0, $1) })
  }
}

extension DependencyReading where Input: Codable {
  /// Reads one version as a value.
  package static func one(key: String, partitions: ErasedReading.UpstreamPartitions) -> DependencyReading {
    DependencyReading(key: key, shape: .one, partitions: partitions) { input, loaders in
      guard let pinned = input.versions.first, input.versions.count == 1 else {
        throw InputError(
          "\(input.asset): the step was given \(input.versions.count) versions where it reads one", isRetryable: false)
      }
      return try await loaders.load(Input.self, pinned)
    }
  }
}

/// What a reading says about its upstream, without its type.
package struct ErasedReading: Sendable {
  package enum Shape: Hashable, Sendable {
    /// The same partition, or the single one of an unpartitioned upstream.
    case one
    /// Every partition, as a sequence.
    case all
  }

  package enum UpstreamPartitions: Hashable, Sendable {
    /// The reader's own view of another team's asset.
    case declared(Partitions)
    /// Those of an asset that this location must define; the hint is what is known without the location.
    case ofDefinition(hint: Partitions?)

    package var hint: Partitions? {
      switch self {
      case .declared(let partitions): partitions
      case .ofDefinition(let hint): hint
      }
    }
  }

  package let key: String
  package let shape: Shape
  package let partitions: UpstreamPartitions
  package var binding: BindingPolicy
  package let bind: @Sendable (GrantedInput, Loaders) async throws -> any Sendable
}
