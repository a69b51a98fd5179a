// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat

extension Request {
  /// The body, which is bounded in size, depth and number of values before it is decoded.
  ///
  /// - Parameter memory: what counts its bytes as they come.
  /// - Throws: ``APIError``.
  func json<Value: Decodable>(_ memory: MemoryTicket) async throws -> Value {
    // A web page cannot send this content type to another origin without asking first.
    guard headers[.contentType]?.hasPrefix("application/json") == true else {
      throw APIError(.badRequest, "the body is not JSON", mend: "send it with 'Content-Type: application/json'")
    }
    var buffer = ByteBuffer()
    for try await part in body {
      guard part.readableBytes <= APILimits.requestBytes - buffer.readableBytes else {
        throw APIError(.tooLarge, "the body has more than \(APILimits.requestBytes) bytes")
      }
      try memory.take(part.readableBytes)
      buffer.writeImmutableBuffer(part)
    }
    try JSONShape(buffer.readableBytesView).check()
    do {
      return try APICoding.decode(from: Data(buffer: buffer))
    } catch {
      throw APIError(.badRequest, "the body is not of the right shape: \(error)", mend: "docs/api.md states the shape")
    }
  }
}
