// SPDX-License-Identifier: Apache-2.0

package import ControlPlaneAPI
import Foundation
import HTTPTypes
import Hummingbird

/// Decides who may ask the API: whoever has the token, or, where there is none, programs of this machine that are no web page.
package struct Guardian: Sendable {
  private let token: String?

  package init(token: String?) { self.token = token }

  func check(_ request: Request) throws(APIError) {
    try check(
      authorization: request.headers[.authorization], origin: request.headers[.origin], authority: request.head.authority)
  }

  /// - Parameters:
  ///   - authorization: the header of that name.
  ///   - origin: the header of that name, which a browser sends for the page that asks.
  ///   - authority: the host, with its port, under which the API was asked for.
  package func check(authorization: String?, origin: String?, authority: String?) throws(APIError) {
    if let token { return try checkToken(authorization ?? "", token) }
    // A page in a browser on this machine can reach the loopback too: it says where it comes from, or is given a false name.
    if let origin, !isLocal(URL(string: origin)?.host() ?? origin) {
      throw APIError(.unauthorized, "requests from the web page \(origin) are refused")
    }
    if let authority, !isLocal(host(of: authority)) {
      throw APIError(
        .unauthorized, "the API was asked for under the name '\(authority)', which is not this machine",
        mend: "use 127.0.0.1 or localhost, or set SLUICE_TOKEN")
    }
  }

  private func checkToken(_ authorization: String, _ token: String) throws(APIError) {
    let given = Array(authorization.utf8)
    let wanted = Array("Bearer \(token)".utf8)
    // Every byte is compared, so that the time taken tells nothing about the token.
    var difference = given.count ^ wanted.count
    for index in given.indices { difference |= Int(given[index] ^ wanted[index % wanted.count]) }
    guard difference == 0 else {
      throw APIError(.unauthorized, "the API asks for a token", mend: "set SLUICE_TOKEN to the daemon's")
    }
  }

  private func isLocal(_ host: String) -> Bool { APIServerConfiguration.isLoopback(host) }

  private func host(of authority: String) -> String {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
    return String(authority.prefix { $0 != ":" })
  }
}
