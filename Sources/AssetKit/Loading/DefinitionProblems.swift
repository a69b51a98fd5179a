// SPDX-License-Identifier: Apache-2.0

/// Gathers every mistake in a location's definitions, to tell them all at once.
struct DefinitionProblems {
  private var found: [(order: Int, error: DefinitionError)] = []

  /// Notes a mistake.
  ///
  /// - Parameter order: the place of the definition among all of them; negative for the location as a whole.
  mutating func add(_ subject: String, _ message: String, at source: SourcePlace?, order: Int) {
    found.append((order, DefinitionError(subject, message, at: source)))
  }

  var isEmpty: Bool { found.isEmpty }

  /// In the order of the definitions; mistakes of one definition stay in the order in which they were found.
  var errors: [DefinitionError] {
    found.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }.map(\.element.error)
  }
}
