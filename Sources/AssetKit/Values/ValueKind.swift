// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The value type of an asset, erased: what storage needs to know of it.
package struct ValueKind: Sendable {
  package let name: String
  package let isElsewhere: Bool
  package let output: @Sendable (any IOManager) -> OutputSpec
  package let load: @Sendable (any IOManager, Locator) async throws -> any Codable & Sendable

  package init<Value: Codable & Sendable>(_ type: Value.Type) {
    name = String(describing: type)
    isElsewhere = type == Elsewhere.self
    output = { $0.output(for: type) }
    load = { try await $0.load(type, from: $1) }
  }
}
