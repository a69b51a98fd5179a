// SPDX-License-Identifier: Apache-2.0

package import AssetModel

extension LoadedLocation {
  /// Loads a version as any type that fits its fields, with the location's own loaders.
  ///
  /// - Throws: ``InputError``.
  package func load<Value: Codable & Sendable>(_ type: Value.Type, _ version: PinnedVersion) async throws -> Value {
    try await runner.environment.loaders.load(type, version)
  }

  /// The columns of a version as the type of its asset declares them; none where it declares no order, is no asset of this location, or
  /// does not fit what was stored.
  package func columns(of version: PinnedVersion) async -> [RowColumn] {
    guard let value = runner.value(of: version.version.asset) else { return [] }
    return (try? await value.columns(runner.environment.loaders, version)) ?? []
  }
}
