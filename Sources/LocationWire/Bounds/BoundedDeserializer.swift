// SPDX-License-Identifier: Apache-2.0

package import GRPCCore
import GRPCProtobuf
package import SwiftProtobuf

/// Decodes messages that are neither too long nor hollow; another ends its call with RESOURCE_EXHAUSTED.
package struct BoundedDeserializer<Value: Message>: MessageDeserializer {
  private let shape: MessageShape
  private let limit: Int
  private let arrived: @Sendable (Int) -> Void

  /// - Parameters:
  ///   - limit: bytes of one message.
  ///   - arrived: told the bytes of each message before it is decoded, of those that are refused, too.
  package init(_ shape: MessageShape, limit: Int, arrived: @escaping @Sendable (Int) -> Void = { _ in }) {
    self.shape = shape
    self.limit = limit
    self.arrived = arrived
  }

  package func deserialize(_ bytes: some GRPCContiguousBytes) throws -> Value {
    let refusal = bytes.withUnsafeBytes { bytes -> WireError? in
      arrived(bytes.count)
      do throws(WireError) {
        try checkLimit("", bytes.count, limit, named: "bytes of one message")
        try DecodedSize.check(bytes, as: shape)
        return nil
      } catch {
        return error
      }
    }
    if let refusal { throw RPCError(code: .resourceExhausted, message: "a \(shape.name) was refused: \(refusal)") }
    return try ProtobufDeserializer<Value>().deserialize(bytes)
  }
}
