// SPDX-License-Identifier: Apache-2.0

/// One of several assets that a step yields; see ``Assets``.
///
/// Keep it in a `static let`, so that other assets can read it as a dependency.
public struct Output<Value: Codable & Sendable>: AssetDefining, Dependency {
  public var attributes: AssetAttributes

  public init(_ key: String, fileID: String = #fileID, line: Int = #line) {
    attributes = AssetAttributes(key: key, value: Value.self, source: SourcePlace(fileID: fileID, line: line))
  }

  public var reading: DependencyReading<Value> { .one(key: attributes.key, partitions: .ofDefinition(hint: nil)) }
}
