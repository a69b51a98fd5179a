// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// A mistake in a location's definitions: what it is about, where it is written, and how to mend it.
public struct DefinitionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The asset, step, check or schedule.
  public let subject: String
  /// What is wrong, and what to write instead.
  public let message: String
  /// `/path/File.swift:12:3`: file, line and column; nil where the mistake is the location's as a whole.
  public let place: String?

  package init(_ subject: String, _ message: String, at source: SourcePlace? = nil) {
    self.subject = subject
    self.message = message
    place = source?.description
  }

  /// As the compiler says it: `/path/File.swift:12:3: error: weather/hourly: …`.
  public var description: String { (place.map { "\($0): " } ?? "") + "error: \(subject): \(message)" }
}

/// Every mistake in a location's definitions, all found at once.
public struct DefinitionErrors: Error, Hashable, Sendable, ShownConvertible, CustomStringConvertible {
  /// In the order of the definitions; never empty.
  public let all: [DefinitionError]

  package init(_ all: [DefinitionError]) { self.all = all }

  public var description: String { shown.text }

  package var shown: Shown {
    let count: Shown = all.count == 1 ? "1 definition error" : "\(all.count) definition errors"
    // At the beginning of a line, where what reads a compiler's output looks for them.
    return count + all.map { "\n\($0)" as Shown }.joined()
  }
}
