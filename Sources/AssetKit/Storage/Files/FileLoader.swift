// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Loads versions from files, whoever wrote them.
public struct FileLoader: Loader {
  public let scheme = "file"
  public let formats = ValueCodec.formats

  public init() {}

  public func load<Value: Codable & Sendable>(_ type: Value.Type, from locator: Locator) async throws -> Value {
    let path: String
    do {
      path = try FileLayout.path(of: locator)
    } catch {
      throw InputError("\(error)", isRetryable: false)
    }
    let size = locator.size
    return try await ValueCodec.read(type, format: locator.format, place: path) { try FileReader(path, expecting: size) }
  }
}
