// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Loads versions from files below certain directories, whoever wrote them.
///
/// A locator is not trusted: it must name a regular file below one of the directories, with no symbolic link on the way, of the size
/// and the hash that it states. The hash is compared before a value is handed out; rows that are read lazily are read twice for it.
/// Without a hash only the size is compared.
public struct FileLoader: Loader {
  public let scheme = "file"
  public let formats = ValueCodec.formats
  private let roots: ReadRoots

  /// - Parameter roots: directories; relative ones are taken from the working directory.
  public init(roots: [String]) { self.init(ReadRoots(roots)) }

  init(_ roots: ReadRoots) { self.roots = roots }

  public func load<Value: Codable & Sendable>(_ type: Value.Type, from locator: Locator) async throws -> Value {
    try await ValueCodec.read(type, format: locator.format, from: StoredFile(locator, below: roots))
  }
}
