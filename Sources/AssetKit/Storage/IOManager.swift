// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Stores the versions of assets: staged first, then promoted, rejected or discarded.
///
/// Every operation is idempotent, and settlements may come late, repeated and in any order (semantics 13): `current` moves only
/// by promotion and never to a version that is older than the one it shows. Use ``FileIOManager`` or ``InMemoryIOManager``, or
/// write one for your own storage.
public protocol IOManager: Loader {
  /// How versions of assets with this value type are stored.
  func output<Value: Codable & Sendable>(for type: Value.Type) -> OutputSpec

  /// Makes a value durable in a staging place, where readers do not look; staging a version again replaces what lies there.
  ///
  /// A discard may come meanwhile: cancelling does not wait for a closure, and another process may do it. What is left after it must
  /// be listed by ``unsettled(of:)``.
  ///
  /// - Returns: where it is, for good: promotion does not move it.
  /// - Throws: when it cannot be encoded or stored; `Task.isCancelled` ends it too.
  func stage<Value: Codable & Sendable>(_ value: Value, as version: VersionID) async throws -> StagedVersion

  /// Keeps what the checks found beside the staged version, so that a rejected one can be understood.
  func record(_ evaluations: [CheckEvaluation], for version: VersionID, at locator: Locator) async throws

  /// Makes a version the asset partition's current one, unless a later one is.
  ///
  /// - Throws: when the version is not there, or storage refuses.
  func promote(_ version: VersionID, at locator: Locator) async throws

  /// Puts a version aside for inspection; readers never see it.
  func reject(_ version: VersionID, at locator: Locator) async throws

  /// Removes a version, whole or partly staged; one that is not there is no error.
  ///
  /// - Throws: when the version is current.
  func discard(_ version: VersionID, at locator: Locator?) async throws

  /// Every version of these assets that lies staged, whole or partly, and was not settled.
  func unsettled(of assets: [AssetKey]) async throws -> [VersionID]

  /// Where the current version of an asset partition is; nil while none was promoted.
  func current(of asset: AssetKey, partition: PartitionKey) async throws -> Locator?

  /// The manager as it is to be used under a configuration; itself unless it depends on one.
  ///
  /// - Throws: when the configuration lacks something that it needs.
  func configured(by configuration: Configuration) throws -> Self
}

extension IOManager {
  public func record(_ evaluations: [CheckEvaluation], for version: VersionID, at locator: Locator) async throws {}
  public func configured(by configuration: Configuration) throws -> Self { self }

  /// The last promoted value of an asset partition, for consumers; nil while there is none.
  ///
  /// - Throws: ``ModelError`` for a malformed key, ``InputError`` when the version cannot be read.
  public func current<Value: Codable & Sendable>(
    _ asset: some AssetDefining<Value>, partition: PartitionKey = .only
  ) async throws -> Value? {
    guard let locator = try await current(of: AssetKey(asset.attributes.key), partition: partition) else { return nil }
    return try await load(Value.self, from: locator)
  }
}

/// What staging a value gave.
public struct StagedVersion: Hashable, Sendable {
  public let locator: Locator
  /// What storage has to say about the version, such as its number of rows; what the step says wins.
  public let metadata: Metadata

  public init(locator: Locator, metadata: Metadata = [:]) {
    self.locator = locator
    self.metadata = metadata
  }
}

/// The storage of every asset of a location that names none of its own.
public struct DefaultStorage: Definition {
  package let manager: any IOManager
  package let source: SourcePlace

  public init(_ manager: any IOManager, file: String = #filePath, line: Int = #line, column: Int = #column) {
    self.manager = manager
    source = SourcePlace(file: file, line: line, column: column)
  }

  public func define(in definitions: inout Definitions) { definitions.stores.append(self) }
}
