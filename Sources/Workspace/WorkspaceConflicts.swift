// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What may not hold between two locations of one workspace.
enum WorkspaceConflicts {
  /// A problem for each later entry that clashes with an earlier one, naming both.
  static func problems(among locations: [PlacedLocation]) -> [WorkspaceProblem] {
    duplicateNames(locations) + duplicateAddresses(locations) + overlaps(locations)
  }

  private static func duplicateNames(_ locations: [PlacedLocation]) -> [WorkspaceProblem] {
    var first: [LocationName: Place] = [:]
    return locations.compactMap { location in
      guard let earlier = first[location.value.name] else {
        first[location.value.name] = location.name
        return nil
      }
      return problem(
        at: location.name, "location '\(location.value.name)' stands on line \(earlier.line) already",
        mend: "give each location a name of its own")
    }
  }

  private static func duplicateAddresses(_ locations: [PlacedLocation]) -> [WorkspaceProblem] {
    var first: [LocationAddress: LocationName] = [:]
    return locations.compactMap { location in
      guard let earlier = first[location.value.address] else {
        first[location.value.address] = location.value.name
        return nil
      }
      return problem(
        at: location.address, "'\(location.value.name)' has the address \(location.value.address) of '\(earlier)'",
        mend: "give each location a port or socket of its own")
    }
  }

  private static func overlaps(_ locations: [PlacedLocation]) -> [WorkspaceProblem] {
    let patterns = locations.flatMap { location in
      zip(location.value.owns, location.owns).map { (pattern: $0, mark: $1, name: location.value.name) }
    }
    return patterns.indices.compactMap { index in
      let later = patterns[index]
      guard let earlier = patterns[..<index].first(where: { $0.pattern.overlaps(later.pattern) }) else { return nil }
      let message =
        "'\(later.pattern)' of '\(later.name)' overlaps '\(earlier.pattern)' of '\(earlier.name)' (line \(earlier.mark.line))"
      return problem(at: later.mark, message, mend: "each key has one owner: narrow one of the two patterns")
    }
  }

  private static func problem(at mark: Place, _ message: String, mend: String) -> WorkspaceProblem {
    WorkspaceProblem(line: mark.line, column: mark.column, message, mend: mend)
  }
}
