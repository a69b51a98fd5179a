// SPDX-License-Identifier: Apache-2.0

/// One of several assets that a step yields; see ``Assets``.
///
/// Keep it in a `static let`, so that other assets can read it as a dependency.
public struct Output<Value: Codable & Sendable>: AssetDefining, Dependency {
  public var attributes: AssetAttributes

  public init(_ key: String, file: String = #filePath, line: Int = #line, column: Int = #column) {
    attributes = AssetAttributes(key: key, value: Value.self, source: SourcePlace(file: file, line: line, column: column))
  }

  public var reading: DependencyReading<Value> { .one(key: attributes.key, partitions: .ofDefinition(hint: nil)) }
}
