// SPDX-License-Identifier: Apache-2.0

package import GRPCCore
package import SwiftProtobuf

/// A message that has come: decoded where it is short; a long one is decoded by who takes it, where that keeps nobody waiting.
package struct ArrivedMessage<Value: Message>: Sendable {
  private enum Content: Sendable {
    case decoded(Value)
    case raw([UInt8], BoundedDeserializer<Value>)
  }

  private let content: Content
  /// As many as came.
  package let bytes: Int

  fileprivate init(_ value: Value, bytes: Int) {
    content = .decoded(value)
    self.bytes = bytes
  }

  fileprivate init(_ raw: [UInt8], _ deserializer: BoundedDeserializer<Value>) {
    content = .raw(raw, deserializer)
    bytes = raw.count
  }

  /// Whether ``decoded()`` takes longer than an event loop should be kept.
  package var isLong: Bool {
    if case .raw = content { true } else { false }
  }

  /// - Throws: what ``BoundedDeserializer`` throws.
  package func decoded() throws -> Value {
    switch content {
    case .decoded(let value): value
    case .raw(let raw, let deserializer): try deserializer.deserialize(raw)
    }
  }
}

/// Decodes short messages at once, on the event loop that brought them, and hands over long ones as they came.
package struct DeferringDeserializer<Value: Message>: MessageDeserializer {
  private let inner: BoundedDeserializer<Value>

  package init(_ inner: BoundedDeserializer<Value>) { self.inner = inner }

  package func deserialize(_ bytes: some GRPCContiguousBytes) throws -> ArrivedMessage<Value> {
    let count = bytes.withUnsafeBytes(\.count)
    guard count > WireLimits.decodedOnLoop else { return ArrivedMessage(try inner.deserialize(bytes), bytes: count) }
    return ArrivedMessage(bytes.withUnsafeBytes { [UInt8]($0) }, inner)
  }
}
