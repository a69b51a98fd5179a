// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
import Foundation
import HTTPTypes
import Hummingbird

/// Decides who may ask the API: whoever has the token, or, where there is none, programs of this machine; and never a web page of
/// another origin.
package struct Guardian: Sendable {
  private let token: String?

  package init(token: String?) { self.token = token }

  func check(_ request: Request) throws(APIError) {
    try check(
      authorization: request.headers[.authorization], origin: request.headers[.origin], authority: request.head.authority,
      fetchSite: HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] })
  }

  /// - Parameters:
  ///   - authorization: the header of that name.
  ///   - origin: the header of that name, which a browser sends for the page that asks.
  ///   - authority: the host, with its port, under which the API was asked for.
  ///   - fetchSite: the header `Sec-Fetch-Site`, in which a browser says how the page that asks is related to the API.
  package func check(
    authorization: String?, origin: String?, authority: String?, fetchSite: String? = nil
  ) throws(APIError) {
    if let token {
      try checkToken(authorization ?? "", token)
    } else if let authority, !APIServerConfiguration.isLoopback(Self.host(of: authority)) {
      // A page in a browser on this machine can reach the loopback under a name of its own that leads there.
      throw APIError(
        .unauthorized, "the API was asked for under the name '\(Self.cut(authority))', which is not this machine",
        mend: "use 127.0.0.1 or localhost, or set SLUICE_TOKEN")
    }
    if let origin, !isOwn(origin, authority) {
      throw APIError(.unauthorized, "requests from the web page '\(Self.cut(origin))' are refused: it is of another origin")
    }
    if let fetchSite, fetchSite != "same-origin", fetchSite != "none" {
      throw APIError(.unauthorized, "requests from a web page of another site are refused")
    }
  }

  /// Whether a page's origin has the scheme, host and port under which the API was asked for.
  private func isOwn(_ origin: String, _ authority: String?) -> Bool {
    guard let authority else { return false }
    // What encrypts in front of a daemon that asks for a token is not seen from here.
    let schemes = token == nil ? [("http", "80")] : [("http", "80"), ("https", "443")]
    return schemes.contains { scheme, port in
      let prefix = "\(scheme)://"
      guard origin.lowercased().hasPrefix(prefix) else { return false }
      return Self.place(String(origin.dropFirst(prefix.count)), port) == Self.place(authority, port)
    }
  }

  /// Host and port, as they are compared.
  private static func place(_ authority: String, _ standard: String) -> String {
    let host = host(of: authority)
    let port = authority.dropFirst(host.count)
    return "\(host.lowercased())\(port.isEmpty || port == ":" ? ":\(standard)" : String(port))"
  }

  private func checkToken(_ authorization: String, _ token: String) throws(APIError) {
    guard authorization.utf8.count <= Self.authorizationBytes else {
      throw APIError(.unauthorized, "the header Authorization has more than \(Self.authorizationBytes) bytes")
    }
    let given = Array(authorization.utf8)
    let wanted = Array("Bearer \(token)".utf8)
    // Every byte is compared, so that the time taken tells nothing about the token.
    var difference = given.count ^ wanted.count
    for index in given.indices { difference |= Int(given[index] ^ wanted[index % wanted.count]) }
    guard difference == 0 else {
      throw APIError(.unauthorized, "the API asks for a token", mend: "set SLUICE_TOKEN to the daemon's")
    }
  }

  private static func host(of authority: String) -> String {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      let rest = authority[authority.index(after: end)...]
      return rest.isEmpty || rest.hasPrefix(":") ? String(authority[...end]) : authority
    }
    return String(authority.prefix { $0 != ":" })
  }

  /// What is shown of a header in a refusal.
  private static func cut(_ text: String) -> String { Shown(text.cut(toBytes: shownBytes, mark: "…")).text }

  private static let shownBytes = 100
  /// No header that is compared with the token is longer.
  static let authorizationBytes = 4_096
  /// Bytes in a token.
  static let tokenBytes = authorizationBytes - "Bearer ".utf8.count
}
