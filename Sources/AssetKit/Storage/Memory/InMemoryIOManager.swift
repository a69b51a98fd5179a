// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Synchronization

/// Stores versions in the memory of this process, encoded as files would be: for tests and embedding.
///
/// Copies share what they store. Other processes cannot read it.
public struct InMemoryIOManager: IOManager {
  private let store = MemoryStore()
  private let retention: Retention

  public init(retention: Retention = Retention(promoted: 3, rejected: 3, grace: .zero)) { self.retention = retention }

  public var scheme: String { "memory" }
  public var formats: [String] { ValueCodec.formats }

  public func output<Value: Codable & Sendable>(for type: Value.Type) -> OutputSpec {
    OutputSpec(scheme: scheme, format: ValueCodec.format(of: type, rows: .jsonLines), isProcessLocal: true)
  }

  public func load<Value: Codable & Sendable>(_ type: Value.Type, from locator: Locator) async throws -> Value {
    guard let bytes = store.contents.withLock({ $0.bytes(at: locator.uri) }) else {
      throw InputError("\(locator.uri): this process stores no such version", isRetryable: false)
    }
    return try await ValueCodec.read(type, format: locator.format, from: ByteMemory(place: locator.uri, bytes: bytes))
  }

  public func stage<Value: Codable & Sendable>(_ value: Value, as version: VersionID) async throws -> StagedVersion {
    let buffer = ByteBuffer()
    let rows = try await ValueCodec.write(value, as: .jsonLines, to: buffer)
    let bytes = buffer.bytes
    let locator = Locator(
      scheme: scheme, uri: Self.uri(of: version), format: ValueCodec.format(of: Value.self, rows: .jsonLines),
      size: Int64(bytes.count))
    try store.contents.withLock { contents in
      // Under the lock: a discard that came before, and found nothing, came after the cancellation.
      try Task.checkCancellation()
      try contents.stage(version, bytes: bytes, locator: locator)
    }
    return StagedVersion(locator: locator, metadata: rows.map { ["rows": .int(Int64($0))] } ?? [:])
  }

  static func uri(of version: VersionID) -> String {
    "memory:\(version.incarnation)/\(version.asset)/\(version.partition)/\(version.number)"
  }

  public func record(_ evaluations: [CheckEvaluation], for version: VersionID, at locator: Locator) async throws {
    store.contents.withLock { $0.record(evaluations, for: version) }
  }

  public func promote(_ version: VersionID, at locator: Locator) async throws {
    try store.contents.withLock { try $0.promote(version, keeping: retention) }
  }

  public func reject(_ version: VersionID, at locator: Locator) async throws {
    try store.contents.withLock { try $0.reject(version, keeping: retention) }
  }

  public func discard(_ version: VersionID, at locator: Locator?) async throws {
    try store.contents.withLock { try $0.discard(version) }
  }

  public func unsettled(of assets: [AssetKey]) async throws -> [VersionID] {
    let wanted = Set(assets)
    return store.contents.withLock { $0.unsettled.filter { wanted.contains($0.asset) } }
  }

  public func current(of asset: AssetKey, partition: PartitionKey) async throws -> Locator? {
    store.contents.withLock { $0.current(of: asset, partition: partition) }
  }
}

extension InMemoryIOManager: ImmediateLoader {}

/// What copies of one manager share.
private final class MemoryStore: Sendable {
  let contents = Mutex(MemoryContents())
}
