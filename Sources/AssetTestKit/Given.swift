// SPDX-License-Identifier: Apache-2.0

public import AssetKit

/// What a test gives a step in place of an upstream's version.
public struct GivenInput: Sendable {
  let key: String
  let shape: ErasedReading.Shape
  let value: any Sendable

  /// The closure's parameter for a dependency, written as in the asset's `from:`.
  ///
  /// ```swift
  /// inputs: [.given(Weather.hourly, readings), .given(departures.all, ["2013-01-01": flights])]
  /// ```
  public static func given<D: Dependency>(_ dependency: D, _ input: D.Input) -> GivenInput {
    let reading = dependency.reading.erased
    return GivenInput(key: reading.key, shape: reading.shape, value: input)
  }

  var name: String { shape == .all ? "\(key) (all)" : key }
}

/// What a test gives a step in place of a resource.
public struct GivenResource: Sendable {
  let declaration: ResourceDeclaration

  /// A resource; name the type where steps ask for a protocol: `.given(fake, as: (any Client).self)`.
  public static func given<Value: Sendable>(
    _ value: Value, as type: Value.Type = Value.self, file: String = #filePath, line: Int = #line, column: Int = #column
  ) -> GivenResource {
    GivenResource(
      declaration: ResourceDeclaration(
        type: type, source: SourcePlace(file: file, line: line, column: column), make: { _ in value }, close: { _ in }))
  }
}

/// A test that asks for something that cannot be: what, and how to mend it.
public struct TestKitError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
