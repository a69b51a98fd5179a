// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// Something that is broken on purpose, to see that the harness finds it out.
enum Sabotage: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// A restart finds the store of an earlier moment: what was acknowledged since is lost.
  case forget
  /// `current` goes back to an earlier version, and forth again.
  case regress
  /// A promoted version holds what another attempt made.
  case tamper
  /// A version that nobody knows of is left in storage.
  case leak

  /// After how many kills it happens.
  static let due = 3

  /// Breaks what lies in storage.
  ///
  /// - Returns: what it did; nil where nothing there can be broken yet.
  func apply(to storage: URL, places: [Place], history: History) throws -> String? {
    let found = places.lazy.compactMap { place in
      let promoted = (history.versions[place] ?? []).filter { $0.end == .promoted }.map(\.number)
      return promoted.count > 1 ? (place, promoted.suffix(2)) : nil
    }.first
    guard let (place, numbers) = found, let old = numbers.first, let new = numbers.last else { return nil }
    let folder = place.folder(in: storage)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    guard let oldName = names.first(where: { Shelf.number($0) == old }),
      let newName = names.first(where: { Shelf.number($0) == new })
    else { return nil }
    switch self {
    case .forget: return nil
    case .regress:
      try show(oldName, in: folder)
      Thread.sleep(forTimeInterval: CrashLimits.watch.seconds * 10)
      try show(newName, in: folder)
    case .tamper:
      let data = try Data(contentsOf: folder.appendingPathComponent("\(oldName)/data.json"))
      try data.write(to: folder.appendingPathComponent("\(newName)/data.json"))
    case .leak:
      let stranger = folder.appendingPathComponent("v999999-\(newName.suffix(8))")
      try FileManager.default.copyItem(at: folder.appendingPathComponent(newName), to: stranger)
    }
    return "\(rawValue) \(place) v\(new)"
  }

  private func show(_ name: String, in folder: URL) throws {
    let link = folder.appendingPathComponent("current").path
    try FileManager.default.createSymbolicLink(atPath: link + "~", withDestinationPath: name)
    guard rename(link + "~", link) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }
}
