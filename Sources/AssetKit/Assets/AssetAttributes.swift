// SPDX-License-Identifier: Apache-2.0

/// What a team says about one asset, unchecked: the key is parsed when the location loads.
public struct AssetAttributes: Sendable {
  package let key: String
  package let source: SourcePlace
  package var description: String?
  package var group = "default"
  package var tags: [String: String] = [:]
  package var kinds: [String] = []
  package var owners: [String] = []
  package var sharedWith: [String] = []
  package var checks: [CheckDeclaration] = []
  package var storage: (any IOManager)?
  package let value: ValueKind

  package init<Value: Codable & Sendable>(key: String, value: Value.Type, source: SourcePlace) {
    self.key = key
    self.source = source
    self.value = ValueKind(value)
  }
}
