// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The value type of an asset, erased: what storage needs to know of it.
package struct ValueKind: Sendable {
  package let name: String
  package let isElsewhere: Bool
  package let output: @Sendable (any IOManager) -> OutputSpec
  package let load: @Sendable (any IOManager, Locator) async throws -> any Codable & Sendable
  /// The columns of a version's rows, or of its one document, as the type declares them; none where it declares no order.
  let columns: @Sendable (Loaders, PinnedVersion) async throws -> [RowColumn]

  package init<Value: Codable & Sendable>(_ type: Value.Type) {
    name = String(describing: type)
    isElsewhere = type == Elsewhere.self
    output = { $0.output(for: type) }
    load = { try await $0.load(type, from: $1) }
    columns = { loaders, version in
      guard let rows = type as? any RowValue.Type else { return RowColumn.all(of: try await loaders.load(type, version)) }
      return try await Self.columns(of: rows, loaders, version)
    }
  }

  private static func columns<Rows: RowValue>(
    of type: Rows.Type, _ loaders: Loaders, _ version: PinnedVersion
  ) async throws -> [RowColumn] {
    try await loaders.load(FirstRow<Rows.Row>.self, version).columns
  }
}
