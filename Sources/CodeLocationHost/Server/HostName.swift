// SPDX-License-Identifier: Apache-2.0

import AssetModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The address behind the name of a machine: the transport listens on addresses alone.
package enum HostName {
  /// An address as it is, and the first one of a name; of the fourth version, where it has one.
  ///
  /// - Throws: ``ListenRefusal`` where the system knows no address of that name.
  package static func address(of host: String) throws(ListenRefusal) -> String {
    let host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    var first: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &first)
    defer { if let first { freeaddrinfo(first) } }
    var addresses: [(family: Int32, text: String)] = []
    var next = status == 0 ? first : nil
    while let entry = next?.pointee {
      if let text = numeric(entry) { addresses.append((entry.ai_family, text)) }
      next = entry.ai_next
    }
    guard let chosen = addresses.first(where: { $0.family == AF_INET }) ?? addresses.first else {
      let why = status == 0 ? "" : " (\(String(cString: gai_strerror(status))))"
      throw ListenRefusal(
        "'\(host.quoted)' names no address\(why)\n  mend: write an address of this machine, such as 127.0.0.1, or a name that leads to one"
      )
    }
    return chosen.text
  }

  private static func numeric(_ entry: addrinfo) -> String? {
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    return status == 0 ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }
}
