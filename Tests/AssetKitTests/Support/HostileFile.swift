// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Crypto
import Foundation

extension TemporaryDirectory {
  /// Writes a file as another team would, and gives what its locator would say.
  func locator(
    _ relative: String, _ bytes: some Collection<UInt8>, format: String, isHashed: Bool = true
  ) throws -> Locator {
    let data = Data(bytes)
    try data.write(to: URL(fileURLWithPath: "\(path)/\(relative)"))
    let hash = "sha256:" + SHA256.hash(data: data).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return locator(of: relative, format: format, size: Int64(data.count), hash: isHashed ? hash : nil)
  }

  func locator(of relative: String, format: String, size: Int64? = nil, hash: String? = nil) -> Locator {
    Locator(
      scheme: "file", uri: URL(fileURLWithPath: "\(path)/\(relative)").absoluteString, format: format, size: size,
      contentHash: hash)
  }

  /// A file of many bytes that takes no room.
  func makeSparse(_ relative: String, bytes: UInt64) throws {
    let url = URL(fileURLWithPath: "\(path)/\(relative)")
    try Data().write(to: url)
    let file = try FileHandle(forWritingTo: url)
    try file.truncate(atOffset: bytes)
    try file.close()
  }

  func append(_ text: String, to relative: String) throws {
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path)/\(relative)"))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }
}

extension FileLoader {
  /// Why a locator is refused.
  func refusal<Value: Codable & Sendable>(_ type: Value.Type = [Reading].self, of locator: Locator) async -> InputError? {
    do {
      let value = try await load(type, from: locator)
      if let rows = value as? Rows<Reading> { _ = try await rows.collected() }
      return nil
    } catch {
      return error as? InputError
    }
  }
}
