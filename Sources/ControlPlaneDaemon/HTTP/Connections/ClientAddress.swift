// SPDX-License-Identifier: Apache-2.0

import Foundation
package import NIOCore

/// Whom a connection counts for: an IPv4 address, or the 64 bits of an IPv6 network, whose owner has all the rest.
package struct ClientAddress: Hashable, Sendable {
  private let bytes: [UInt8]

  package init(_ address: SocketAddress?) {
    switch address {
    case .v4(let address): bytes = withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
    case .v6(let address):
      let all = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
      // An IPv4 address in the clothes of an IPv6 one.
      let isMapped = all.prefix(10).allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
      bytes = isMapped ? Array(all.suffix(4)) : Array(all.prefix(8))
    case .unixDomainSocket, nil: bytes = []
    }
  }
}
