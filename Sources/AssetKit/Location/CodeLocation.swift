// SPDX-License-Identifier: Apache-2.0

/// What one team defines: its assets, checks, schedules and resources.
///
/// Mark the type `@main` in an executable that imports `CodeLocationHost`, and it is the team's server.
public protocol CodeLocation: Sendable {
  init()

  /// One segment such as `weather`; the type's name in lower case unless the team says otherwise.
  static var name: String { get }

  /// The version of the team's build, for people; none unless the team says so.
  static var version: String? { get }

  /// Everything that the location defines.
  @DefinitionsBuilder var definitions: Definitions { get }
}

extension CodeLocation {
  public static var name: String { String(describing: Self.self).lowercased() }
  public static var version: String? { nil }
}
