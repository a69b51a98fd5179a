// SPDX-License-Identifier: Apache-2.0

/// Something that steps share, such as a database client: made once, when a step first asks for it.
///
/// Steps get it by type: `try await step.resource(PostgresClient.self)`. A test gives one of its own instead.
public struct Resource: Definition {
  private let declaration: ResourceDeclaration

  /// Declares a resource.
  ///
  /// - Parameters:
  ///   - type: what steps ask for; one resource a type.
  ///   - close: what ends it when the location stops.
  ///   - make: makes it; when it throws, the step that asked fails, and the next one tries again.
  public init<Value: Sendable>(
    _ type: Value.Type, close: @escaping @Sendable (Value) async -> Void = { _ in }, file: String = #filePath,
    line: Int = #line, column: Int = #column, make: @escaping @Sendable (Configuration) async throws -> Value
  ) {
    declaration = ResourceDeclaration(
      type: type, source: SourcePlace(file: file, line: line, column: column), make: make,
      close: { if let value = $0 as? Value { await close(value) } })
  }

  public func define(in definitions: inout Definitions) { definitions.resources.append(declaration) }
}

/// A resource with its type erased.
package struct ResourceDeclaration: Sendable {
  package let type: any Sendable.Type
  package let source: SourcePlace
  package let make: @Sendable (Configuration) async throws -> any Sendable
  package let close: @Sendable (any Sendable) async -> Void

  package init(
    type: any Sendable.Type, source: SourcePlace, make: @escaping @Sendable (Configuration) async throws -> any Sendable,
    close: @escaping @Sendable (any Sendable) async -> Void
  ) {
    self.type = type
    self.source = source
    self.make = make
    self.close = close
  }

  package var id: ObjectIdentifier { ObjectIdentifier(type) }
}
