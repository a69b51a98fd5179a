// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Orchestrator

/// The tables of a message that is being written: each text and digest once, referred to by index.
struct TextWriter {
  private(set) var texts: [String] = []
  private(set) var digests: [ManifestDigest] = []
  private var indexes: [String: UInt32] = [:]

  mutating func index(_ text: String) -> UInt32 {
    if let known = indexes[text] { return known }
    let index = UInt32(texts.count)
    texts.append(text)
    indexes[text] = index
    return index
  }

  mutating func index(_ text: some CustomStringConvertible) -> UInt32 { index(text.description) }

  /// Few digests are in force at once, so that a search is cheaper than a table.
  mutating func index(_ digest: ManifestDigest) -> UInt32 {
    // An index into what one message holds, which fits.
    if let known = digests.lastIndex(of: digest) { return UInt32(known) }
    digests.append(digest)
    return UInt32(digests.count - 1)
  }
}

/// The tables of a message that is being read; each text is parsed once. A class, because parsing fills its caches.
final class TextReader {
  private let texts: [String]
  private let digests: [ManifestDigest]
  private var assets: [UInt32: AssetKey] = [:]
  private var locations: [UInt32: LocationName] = [:]

  init(texts: [String], digests: [ManifestDigest] = []) {
    self.texts = texts
    self.digests = digests
  }

  func text(_ index: UInt32) throws -> String {
    guard index < texts.count else { throw CodecProblem("text \(index) of \(texts.count)") }
    return texts[Int(index)]
  }

  func digest(_ index: UInt32) throws -> ManifestDigest {
    guard index < digests.count else { throw CodecProblem("digest \(index) of \(digests.count)") }
    return digests[Int(index)]
  }

  func asset(_ index: UInt32) throws -> AssetKey {
    if let known = assets[index] { return known }
    let key = try AssetKey(text(index))
    assets[index] = key
    return key
  }

  func location(_ index: UInt32) throws -> LocationName {
    if let known = locations[index] { return known }
    let name = try LocationName(text(index))
    locations[index] = name
    return name
  }

  func partition(_ index: UInt32) throws -> PartitionKey { PartitionKey(try text(index)) }

  func schedule(_ location: UInt32, _ name: UInt32) throws -> ScheduleID {
    ScheduleID(location: try self.location(location), name: try text(name))
  }
}

extension PBDigest {
  init(_ digest: ManifestDigest) {
    self.init()
    if let bytes = Self.sha256Bytes(digest.description) { sha256 = bytes } else { text = digest.description }
  }

  func digest() throws -> ManifestDigest {
    switch form {
    case .text(let text): return ManifestDigest(text)
    case .sha256(let bytes):
      guard bytes.count == 32 else { throw CodecProblem("a SHA-256 digest of \(bytes.count) bytes") }
      return ManifestDigest(
        "sha256:" + String(decoding: bytes.flatMap { [Self.digit($0 >> 4), Self.digit($0 & 15)] }, as: UTF8.self))
    case nil: throw CodecProblem.missing("digest")
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

  /// The bytes of a digest in its usual form, or nil for any other text.
  private static func sha256Bytes(_ text: String) -> Data? {
    guard text.hasPrefix("sha256:") else { return nil }
    let digits = text.utf8.dropFirst(7).compactMap { byte -> UInt8? in
      switch byte {
      case 48...57: byte - 48
      case 97...102: byte - 87
      default: nil
      }
    }
    guard digits.count == 64, text.utf8.count == 71 else { return nil }
    return Data((0..<32).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] })
  }
}
