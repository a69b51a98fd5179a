// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Which promoted versions of an asset partition are dropped.
///
/// It looks at names first and asks about as few folders as it can: those it drops, those that have to stay, and those between that
/// were never promoted. A version that is merely kept for its grace costs its name.
package struct RetentionSweep {
  private struct Folder {
    let name: String
    let number: VersionNumber
  }

  /// The latest first: within an incarnation by number, between incarnations by when their latest version was staged.
  private let folders: [Folder]
  private let keeping: Int
  private let shown: String?

  /// - Parameters:
  ///   - names: of the partition's directory; those of other things are passed over.
  ///   - shown: the folder that `current` shows; it stays.
  ///   - keeping: how many promoted versions stay, whatever their age.
  ///   - staged: when a folder's version was staged; asked once an incarnation, and of none where there is one incarnation only.
  package init(of names: [String], shown: String?, keeping: Int, staged: (String) -> Int64?) {
    var incarnations: [Incarnation: [Folder]] = [:]
    for name in names {
      guard let (number, incarnation) = FileLayout.parse(folder: name) else { continue }
      incarnations[incarnation, default: []].append(Folder(name: name, number: number))
    }
    let groups = incarnations.values.map { $0.sorted { $0.number > $1.number } }
    folders =
      groups.count < 2
      ? groups.first ?? []
      : groups.map { (group: $0, staged: staged($0[0].name) ?? 0) }
        .sorted { ($0.staged, $0.group[0].number) > ($1.staged, $1.group[0].number) }.flatMap(\.group)
    self.keeping = keeping
    self.shown = shown
  }

  /// The folders to drop, the oldest first.
  ///
  /// - Parameters:
  ///   - limit: what took a version's place after this time keeps it, in seconds since 1970.
  ///   - promoted: when a folder's version was promoted; nil where it was not.
  package func dropped(replacedBefore limit: Double, promoted: (String) -> Double?) -> [String] {
    var kept = 0
    var boundary = folders.startIndex
    var replacement: Double?
    while boundary < folders.endIndex, kept < keeping {
      if let time = promoted(folders[boundary].name) { (kept, replacement) = (kept + 1, time) }
      boundary += 1
    }
    guard let replacement else { return [] }
    var result: [String] = []
    var candidate: String?
    for folder in folders[boundary...].reversed() {
      guard let time = promoted(folder.name) else { continue }
      if let candidate {
        guard time <= limit else { return result }
        if candidate != shown { result.append(candidate) }
      }
      candidate = folder.name
    }
    if let candidate, candidate != shown, replacement <= limit { result.append(candidate) }
    return result
  }
}
