// SPDX-License-Identifier: Apache-2.0

public import AssetKit
public import Foundation

/// The folder that holds the nycflights13 files.
///
/// What was read stays in memory, up to ``TableCache/limit`` bytes, so that the 30 daily steps of one month unpack its file once.
public struct DataFolder: Sendable {
  /// The environment variable that names the folder.
  public static let variable = "NYCFLIGHTS_DATA"

  /// Where the folder lies in this project, relative to the directory with `workspace.yaml`.
  public static let defaultPath = "CodeLocations/Shared/Data/nycflights13"

  public let url: URL
  private let cache = TableCache()

  /// - Throws: ``DataError`` when no such folder exists.
  public init(_ url: URL) throws(DataError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw DataError(
        file: url,
        "is no folder: set \(Self.variable) to the one with weather.csv, or start in the directory with workspace.yaml")
    }
    self.url = url
  }

  /// What a location adds to its definitions, so that its steps can read ``Step/table(_:)``.
  public static var resource: Resource { Resource(DataFolder.self) { try DataFolder.located(by: $0) } }

  /// The folder that ``variable`` names; without it, the project's own.
  ///
  /// - Throws: ``DataError`` when no such folder exists.
  public static func located(by configuration: Configuration) throws -> DataFolder {
    try DataFolder(URL(filePath: try configuration.optional(variable) ?? defaultPath))
  }

  /// The CSV file of that name, unpacked if it is compressed.
  ///
  /// - Throws: ``DataError`` when the file is missing, damaged, too large, or no table.
  public func table(_ name: String) throws(DataError) -> Table {
    try cache.table(at: url.appending(path: name))
  }
}

extension Step {
  /// A CSV file of the location's ``DataFolder``.
  ///
  /// - Throws: ``DataError`` when the folder or the file is missing, damaged, too large, or no table.
  public func table(_ name: String) async throws -> Table { try await resource(DataFolder.self).table(name) }
}
