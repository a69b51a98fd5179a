// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Crypto
import Foundation

/// What an HMAC is computed over: parts, each preceded by its length, so that no two lists give the same bytes.
struct ProofParts: Sendable {
  private(set) var bytes: [UInt8] = []

  /// - Parameter purpose: keeps one kind of proof from standing for another.
  init(_ purpose: Purpose, _ location: String, client: [UInt8], server: [UInt8]) {
    append(purpose.rawValue)
    append(location)
    append(client)
    append(server)
  }

  enum Purpose: String {
    case server = "sluice.location.v1 server"
    case client = "sluice.location.v1 client"
    case session = "sluice.location.v1 session"
  }

  mutating func append(_ part: some Collection<UInt8>) {
    withUnsafeBytes(of: UInt64(part.count).bigEndian) { bytes += $0 }
    bytes += part
  }

  mutating func append(_ text: String) { append(Array(text.utf8)) }

  mutating func append(_ number: UInt64) { append(withUnsafeBytes(of: number.bigEndian) { Array($0) }) }

  func code(_ key: SymmetricKey) -> HMAC<SHA256>.MAC { HMAC<SHA256>.authenticationCode(for: bytes, using: key) }
}
