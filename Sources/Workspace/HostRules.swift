// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What may stand as a `host`: an address, or a name that could be one of a machine.
package enum HostRules {
  /// Bytes that a name of DNS may have.
  private static let longest = 253

  /// What is wrong with it; nil where nothing is.
  ///
  /// - Parameter written: what stands in the file: what a variable holds may be a secret.
  static func problem(in host: String, written: String) -> String? {
    if host.contains(":") { return isAddress(host, AF_INET6) ? nil : "'\(written)' is no IPv6 address" }
    if host.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }) {
      return isAddress(host, AF_INET) ? nil : "'\(written)' is no IPv4 address"
    }
    // A name that is whole may end in a dot.
    let name = host.utf8.last == UInt8(ascii: ".") ? host.utf8.dropLast() : host.utf8[...]
    let isName =
      name.count <= longest
      && name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel)
    return isName ? nil : "'\(written)' is no name of a machine"
  }

  /// Whether the system knows an address for it now. It may ask other machines, and so take a while.
  package static func resolves(_ host: String) -> Bool {
    var first: UnsafeMutablePointer<addrinfo>?
    defer { if let first { freeaddrinfo(first) } }
    return getaddrinfo(host, nil, nil, &first) == 0
  }

  private static func isLabel(_ label: Substring.UTF8View) -> Bool {
    let (hyphen, underscore) = (UInt8(ascii: "-"), UInt8(ascii: "_"))
    return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
      && label.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == hyphen || $0 == underscore
      }
  }

  /// The zone of a link-local address names an interface, which need not be there.
  private static func isAddress(_ host: String, _ family: Int32) -> Bool {
    var address = in6_addr()
    let plain = host.split(separator: "%", maxSplits: 1).first.map(String.init) ?? ""
    return plain == host || family == AF_INET6 ? inet_pton(family, plain, &address) == 1 : false
  }
}
