// SPDX-License-Identifier: Apache-2.0

/// The parameters of one call of a closure, in the order of its dependencies, their types erased.
package struct BoundInputs: Sendable {
  private let values: [any Sendable]
  private var taken = 0

  package init(_ values: [any Sendable]) { self.values = values }

  /// The next parameter.
  ///
  /// - Throws: ``InputError``, naming the asset.
  package mutating func next<Input: Sendable>(_ reading: DependencyReading<Input>) throws -> Input {
    let key = reading.erased.key
    guard taken < values.count else { throw InputError("\(key): the step was given no version of it", isRetryable: false) }
    guard let typed = values[taken] as? Input else {
      throw InputError("\(key): the step reads a \(Input.self), not a \(type(of: values[taken]))", isRetryable: false)
    }
    taken += 1
    return typed
  }
}

/// A call that is prepared but not made.
///
/// It exists because a closure whose parameters are a pack and then a step can only be called as one whole pack. It is not
/// `async` itself, and its caller binds the inputs before: Swift 6.3 frees stack memory in the wrong order when an
/// `async` function without optimization expands a pack with `await`.
func prepared<each Parameter, Result>(
  _ closure: @escaping @Sendable (repeat each Parameter) async throws -> Result, _ parameters: (repeat each Parameter)
) -> () async throws -> Result {
  { try await closure(repeat each parameters) }
}

/// An input that could not be read or decoded.
public struct InputError: RetryAdvising, Hashable, CustomStringConvertible {
  /// Names the asset or file, and the field where there is one.
  public let description: String
  /// Whether trying again may help: storage may come back, a decoding failure stays.
  public let isRetryable: Bool

  public init(_ description: String, isRetryable: Bool) {
    self.description = description
    self.isRetryable = isRetryable
  }
}
