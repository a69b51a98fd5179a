// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import LocationWire
package import Logging
import NIOCore
import ServiceLifecycle

/// Where the API listens, and who may ask.
package struct APIServerConfiguration: Hashable, Sendable {
  package let host: String
  package let port: Int
  /// What callers must send as a bearer token; without one only this machine may ask.
  package let token: String?

  /// - Throws: ``APIServerRefusal`` for an address beyond this machine without a token, and for a token that is too long.
  package init(host: String = "127.0.0.1", port: Int, token: String? = nil) throws(APIServerRefusal) {
    guard (token?.utf8.count ?? 0) <= Guardian.tokenBytes else { throw APIServerRefusal(tokenLimit: Guardian.tokenBytes) }
    guard token != nil || Self.isLoopback(host) else { throw APIServerRefusal(host: host) }
    // As it stands in a URL, and as the system takes it.
    self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    self.port = port
    self.token = token
  }

  static func isLoopback(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return ["localhost", "::1", "[::1]"].contains(host.lowercased())
      || (parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil })  // Nil where it does not fit.
  }
}

/// Why the API does not listen where it was to, and the mend.
package struct APIServerRefusal: Error, Hashable, Sendable, ShownConvertible, CustomStringConvertible {
  package let shown: Shown
  package var description: String { shown.text }
  /// Whether somebody else listens there.
  package let isTaken: Bool

  /// It was to listen beyond this machine, and nobody would have been asked who they are.
  init(host: String) {
    isTaken = false
    shown =
      "the API does not listen on \(host) without authentication\n  mend: set SLUICE_TOKEN to a secret, or listen on 127.0.0.1"
  }

  init(tokenLimit: Int) {
    isTaken = false
    shown = "SLUICE_TOKEN has more than \(tokenLimit) bytes\n  mend: use a shorter secret"
  }

  /// nil for what is no refusal of the system to listen there.
  init?(_ error: IOError, _ configuration: APIServerConfiguration) {
    let place = "port \(configuration.port) on \(configuration.host)"
    isTaken = error.errnoCode == EADDRINUSE
    switch error.errnoCode {
    case EADDRINUSE:
      shown = "\(place) is in use\n  mend: stop what listens there (another daemon?), or choose another with --port"
    case EACCES:
      shown = "\(place) may not be listened on\n  mend: choose one from 1024 on with --port"
    case EADDRNOTAVAIL:
      shown = "\(configuration.host) is no address of this machine\n  mend: choose another with --host"
    default: return nil
    }
  }
}

/// The HTTP server of the API.
package struct HTTPService: Service {
  private let configuration: APIServerConfiguration
  private let queries: ControlPlaneQueries
  private let logger: Logger
  private let ledger: ConnectionLedger
  private let bound: @Sendable (Int) -> Void

  /// - Parameters:
  ///   - limits: of connections and live streams.
  ///   - bound: told the port once connections are accepted; it is another than asked for where that was 0.
  /// - Throws: ``APIServerRefusal`` for an address beyond this machine without a token.
  package init(
    queries: ControlPlaneQueries, host: String, port: Int, token: String? = nil, limits: HTTPLimits = HTTPLimits(),
    logger: Logger,
    bound: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(APIServerRefusal) {
    configuration = try APIServerConfiguration(host: host, port: port, token: token)
    self.queries = queries
    self.logger = logger
    ledger = ConnectionLedger(limits)
    self.bound = bound
  }

  /// Serves until the service group shuts down or the task is cancelled.
  package func run() async throws {
    let (bound, ledger, logger) = (self.bound, self.ledger, self.logger)
    let feeds = FeedSource(queries.engine, ledger)
    let guardian = Guardian(token: configuration.token)
    let application = Application(
      router: APIRoutes(queries: queries, guardian: guardian, ledger: ledger, feeds: feeds).router(),
      server: HTTPServerBuilder { BoundedHTTPChannel(ledger: ledger, responder: $0) },
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port), serverName: "sluiced",
        backlog: ledger.limits.backlog),
      onServerRunning: { channel in
        let (refusals, pause) = (RefusalLog(logger), ledger.limits.acceptPause)
        try? await ListenerBrake.fit(to: channel, pause: pause) { error in
          ledger.count(.descriptors)
          refusals.note("no connections are accepted for a moment", "\(error)")
        }.get()
        bound(channel.localAddress?.port ?? 0)
      }, logger: logger)
    do {
      try await withThrowingTaskGroup { group in
        group.addTask { await feeds.tide.run() }
        defer { group.cancelAll() }
        try await application.run()
      }
    } catch let error as IOError {
      throw APIServerRefusal(error, configuration) ?? error
    }
  }
}
