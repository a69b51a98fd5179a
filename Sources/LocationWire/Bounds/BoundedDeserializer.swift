// SPDX-License-Identifier: Apache-2.0

package import GRPCCore
import GRPCProtobuf
package import SwiftProtobuf

/// Decodes messages that are neither too long nor hollow; another ends its call with RESOURCE_EXHAUSTED.
package struct BoundedDeserializer<Value: Message>: MessageDeserializer {
  private let shape: MessageShape
  private let limit: Int

  /// - Parameter limit: bytes of one message.
  package init(_ shape: MessageShape, limit: Int) {
    self.shape = shape
    self.limit = limit
  }

  package func deserialize(_ bytes: some GRPCContiguousBytes) throws -> Value {
    let refusal = bytes.withUnsafeBytes { bytes -> WireError? in
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
