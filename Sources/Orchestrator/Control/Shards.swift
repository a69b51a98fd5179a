// SPDX-License-Identifier: Apache-2.0

/// A key that says by its lowest bits which part of a ``Shards`` it is in; nothing that is decided depends on them.
package protocol Sharded: Hashable, Sendable { var shard: Int { get } }

extension Int: Sharded { package var shard: Int { self } }
extension UInt32: Sharded { package var shard: Int { Int(truncatingIfNeeded: self) } }

/// A dictionary in parts, so that no change copies or re-hashes more than one of them: what grows to a million entries would else be
/// copied whole with the first change beside a copy of the state.
package struct Shards<Key: Sharded, Value: Sendable>: Sendable {
  private static var count: Int { 64 }
  /// None before the first value.
  private var parts: [[Key: Value]] = []

  package init() {}

  private static func part(of key: Key) -> Int { key.shard & (count - 1) }

  package var isEmpty: Bool { parts.allSatisfy(\.isEmpty) }

  package subscript(key: Key) -> Value? {
    get { parts.isEmpty ? nil : parts[Self.part(of: key)][key] }
    set { change(key) { $0 = newValue } }
  }

  @discardableResult
  package mutating func change<Result>(_ key: Key, _ body: (inout Value?) -> Result) -> Result {
    if parts.isEmpty { parts = Array(repeating: [:], count: Self.count) }
    return body(&parts[Self.part(of: key)][key])
  }

  /// In no particular order.
  package var all: [(key: Key, value: Value)] { parts.flatMap { $0.map { ($0.key, $0.value) } } }
}

/// Those with equal entries are equal.
extension Shards: Equatable where Value: Equatable {
  package static func == (left: Self, right: Self) -> Bool {
    if left.parts.isEmpty || right.parts.isEmpty { return left.isEmpty && right.isEmpty }
    return left.parts == right.parts
  }
}

extension Shards: Hashable where Value: Hashable {
  package func hash(into hasher: inout Hasher) { if !isEmpty { hasher.combine(parts) } }
}
