// SPDX-License-Identifier: Apache-2.0

/// What a graph keeps of what it does not take, and how far it goes to say why.
public enum GraphLimits {
  /// Reasons why definitions of one location were refused that are kept; of further ones only the names of the definitions.
  public static let reasonsPerLocation = 1_000
  /// Such reasons of one step; a last one says how many more there are.
  public static let reasonsPerStep = 10
  /// Bytes of one such reason.
  public static let reasonBytes = 4_096
  /// Patterns of a location that a reason names.
  public static let shownPatterns = 20
  /// Keys among which one is looked for that may have been meant by a selection.
  public static let hintKeys = 10_000
  /// Dependencies that are followed to name cycles where a launch by hand leaves assets out.
  public static let cycleDependencies = 10_000
  /// The same for one planned step that cannot run since it lies on a cycle.
  public static let cycleDependenciesPerStep = 100
}
