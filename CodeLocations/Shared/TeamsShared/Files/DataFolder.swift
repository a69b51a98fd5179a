// SPDX-License-Identifier: Apache-2.0

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

  /// The folder that ``variable`` names; without it, the project's own.
  ///
  /// - Throws: ``DataError`` when no such folder exists.
  public static func located(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> DataFolder {
    try DataFolder(URL(filePath: environment[variable] ?? defaultPath))
  }

  /// The CSV file of that name, unpacked if it is compressed.
  ///
  /// - Throws: ``DataError`` when the file is missing, damaged, too large, or no table.
  public func table(_ name: String) throws(DataError) -> Table {
    try cache.table(at: url.appending(path: name))
  }
}
