// SPDX-License-Identifier: Apache-2.0

package import AssetModel

extension LoadedLocation {
  /// Loads a version as any type that fits its fields, with the location's own loaders.
  ///
  /// - Throws: ``InputError``.
  package func load<Value: Codable & Sendable>(_ type: Value.Type, _ version: PinnedVersion) async throws -> Value {
    try await runner.environment.loaders.load(type, version)
  }
}
