// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The names that go with a new team.
package struct TeamNames: Hashable, Sendable {
  /// What `workspace.yaml` calls it, and the name of its executable: `rail_delays`.
  package let location: LocationName
  /// Its folder, and the type with its definitions: `RailDelays`.
  package let type: String

  package var library: String { "\(type)Assets" }
  package var executable: String { location.description }

  /// How long a team's name may be; it becomes part of file names.
  static let longest = 60

  /// Accepts `trains`, `rail_delays`, `rail-delays` or `RailDelays`.
  ///
  /// - Throws: ``CommandFailure`` for anything that is no location name.
  package init(_ name: String) throws {
    guard name.utf8.count <= Self.longest else {
      throw CommandFailure("'\(name)' is longer than \(Self.longest) bytes", mend: "choose a shorter name")
    }
    do throws(ModelError) {
      _ = try LocationName(name)
      let words = Self.words(of: name)
      location = try LocationName(words.joined(separator: "_").lowercased())
      type = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    } catch {
      throw CommandFailure("\(error.message)", mend: "write a name such as 'trains' or 'rail_delays'")
    }
    guard let first = type.first, first.isLetter else {
      throw CommandFailure("'\(name)' does not begin with a letter", mend: "write a name such as 'trains'")
    }
  }

  /// Splits at `_` and `-`, and before a capital that follows a small letter.
  private static func words(of name: String) -> [String] {
    var words = [""]
    var previous: Character = "_"
    for character in name {
      if character == "_" || character == "-" {
        words.append("")
      } else {
        if character.isUppercase, previous.isLowercase { words.append("") }
        words[words.count - 1].append(character)
      }
      previous = character
    }
    return words.filter { !$0.isEmpty }
  }
}
