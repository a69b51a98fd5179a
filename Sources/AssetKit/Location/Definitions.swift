// SPDX-License-Identifier: Apache-2.0

/// Something that a location defines: an asset, a check, a schedule, a resource, a store or a loader.
public protocol Definition: Sendable {
  /// Adds itself; a definition made of others forwards to them.
  func define(in definitions: inout Definitions)
}

/// Everything that a location defines, in the order in which it is written.
public struct Definitions: Definition {
  package var steps: [StepDeclaration] = []
  package var checks: [Check] = []
  package var schedules: [Schedule] = []
  package var resources: [ResourceDeclaration] = []
  package var stores: [DefaultStorage] = []
  package var loaders: [any Loader] = []

  public init() {}

  /// Gathers definitions outside of a location, for tests and embedding programs.
  public init(@DefinitionsBuilder _ build: () -> Definitions) { self = build() }

  public func define(in definitions: inout Definitions) {
    definitions.steps += steps
    definitions.checks += checks
    definitions.schedules += schedules
    definitions.resources += resources
    definitions.stores += stores
    definitions.loaders += loaders
  }
}

/// Lets a location list its definitions one a line, with `if` and `for`.
@resultBuilder
public enum DefinitionsBuilder {
  public static func buildExpression(_ definition: some Definition) -> Definitions {
    var result = Definitions()
    definition.define(in: &result)
    return result
  }

  public static func buildExpression(_ definitions: [some Definition]) -> Definitions {
    definitions.reduce(into: Definitions()) { $1.define(in: &$0) }
  }

  public static func buildBlock(_ parts: Definitions...) -> Definitions { buildArray(parts) }
  public static func buildOptional(_ part: Definitions?) -> Definitions { part ?? Definitions() }
  public static func buildEither(first: Definitions) -> Definitions { first }
  public static func buildEither(second: Definitions) -> Definitions { second }
  public static func buildLimitedAvailability(_ part: Definitions) -> Definitions { part }

  public static func buildArray(_ parts: [Definitions]) -> Definitions {
    parts.reduce(into: Definitions()) { $1.define(in: &$0) }
  }
}
