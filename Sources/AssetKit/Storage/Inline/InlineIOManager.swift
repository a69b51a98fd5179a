// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// Keeps ``Elsewhere`` records in their own locators: nothing is stored, so nothing has to be promoted or removed.
///
/// The journal alone says which record is current: ``current(of:partition:)`` does not know it.
struct InlineIOManager: IOManager, ImmediateLoader {
  /// Bytes of a record; one with more metadata is kept without it, which shows with the version all the same.
  static let recordBytes = 16 << 10
  static let format = "elsewhere/1"

  var scheme: String { Locator.inlineScheme }
  var formats: [String] { [Self.format] }

  func output<Value: Codable & Sendable>(for type: Value.Type) -> OutputSpec {
    OutputSpec(scheme: scheme, format: Self.format)
  }

  func stage<Value: Codable & Sendable>(_ value: Value, as version: VersionID) async throws -> StagedVersion {
    guard let record = value as? Elsewhere else {
      throw StorageError("\(version): only an 'Elsewhere' is kept in its locator, not a '\(Value.self)'")
    }
    let uri = try Self.uri(of: record)
    return StagedVersion(locator: Locator(scheme: scheme, uri: uri, format: Self.format, size: Int64(uri.utf8.count)))
  }

  private static func uri(of record: Elsewhere) throws -> String {
    if record == Elsewhere() { return "" }
    let whole = try JSONCoding.encoder().encode(record)
    let kept = whole.count <= recordBytes ? whole : try JSONCoding.encoder().encode(Elsewhere(at: record.address))
    guard kept.count <= recordBytes else {
      throw StorageError("the address of an 'Elsewhere' takes more than \(recordBytes) bytes (recordBytes)")
    }
    return String(decoding: kept, as: UTF8.self)
  }

  func load<Value: Codable & Sendable>(_ type: Value.Type, from locator: Locator) async throws -> Value {
    if locator.uri.isEmpty, let empty = Elsewhere() as? Value { return empty }
    guard locator.uri.utf8.count <= Self.recordBytes else {
      throw InputError(
        "the record in the locator takes \(locator.uri.utf8.count) bytes, and may take \(Self.recordBytes) (recordBytes)",
        isRetryable: false)
    }
    do {
      return try JSONCoding.decode(type, from: Data((locator.uri.isEmpty ? "{}" : locator.uri).utf8))
    } catch let error as DecodingError {
      throw InputError("the record \(locator.uri.quoted): \(error.explanation)", isRetryable: false)
    }
  }

  func promote(_ version: VersionID, at locator: Locator) async throws {}
  func reject(_ version: VersionID, at locator: Locator) async throws {}
  func discard(_ version: VersionID, at locator: Locator?) async throws {}
  func unsettled(of assets: [AssetKey]) async throws -> [VersionID] { [] }
  func current(of asset: AssetKey, partition: PartitionKey) async throws -> Locator? { nil }
}
