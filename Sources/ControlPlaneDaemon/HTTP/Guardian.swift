// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import HTTPTypes
import Hummingbird

/// Decides who may ask the API: whoever has the token, or, where there is none, programs of this machine that are no web page.
struct Guardian: Sendable {
  private let token: String?

  init(_ configuration: APIServerConfiguration) { token = configuration.token }

  func check(_ request: Request) throws(APIError) {
    if let token { return try checkToken(request, token) }
    // A page in a browser on this machine can reach the loopback too: it says where it comes from, or is given a false name.
    if let origin = request.headers[.origin], !isLocal(URL(string: origin)?.host() ?? origin) {
      throw APIError(.unauthorized, "requests from the web page \(origin) are refused")
    }
    if let authority = request.head.authority, !isLocal(host(of: authority)) {
      throw APIError(
        .unauthorized, "the API was asked for under the name '\(authority)', which is not this machine",
        mend: "use 127.0.0.1 or localhost, or set SLUICE_TOKEN")
    }
  }

  private func checkToken(_ request: Request, _ token: String) throws(APIError) {
    let given = Array((request.headers[.authorization] ?? "").utf8)
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
