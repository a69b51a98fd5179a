// SPDX-License-Identifier: Apache-2.0

package import GRPCCore
package import LocationWire
import SwiftProtobuf
import Synchronization

/// `grpc.health.v1.Health` for this server: stock probes watch it.
///
/// The server as a whole (the empty name) and the location's service are serving until the host drains.
package final class HealthService: Grpc_Health_V1_Health.SimpleServiceProtocol {
  private let connections: PeerConnections
  private let state = Mutex(State())
  private static let names = ["", Sluice_Location_V1_CodeLocation.descriptor.fullyQualifiedService]

  private struct State {
    var status = Grpc_Health_V1_HealthCheckResponse.ServingStatus.serving
    var next: UInt64 = 0
    var watchers: [UInt64: AsyncStream<Grpc_Health_V1_HealthCheckResponse.ServingStatus>.Continuation] = [:]
  }

  /// - Parameter connections: learn that those who ask are answered, and may stay.
  package init(_ connections: PeerConnections) { self.connections = connections }

  /// From now on the server is not serving; watchers are told.
  package func drain() {
    let watchers = state.withLock { state in
      state.status = .notServing
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.yield(.notServing) }
  }

  /// Ends every watch: the server goes down.
  package func end() {
    for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.finish() }
  }

  package func check(
    request: Grpc_Health_V1_HealthCheckRequest, context: ServerContext
  ) async throws -> Grpc_Health_V1_HealthCheckResponse {
    connections.answered(PeerName(context))
    guard Self.names.contains(request.service) else {
      throw RPCError(code: .notFound, message: "no service '\(request.service)' here")
    }
    return state.withLock { state in .with { $0.status = state.status } }
  }

  package func watch(
    request: Grpc_Health_V1_HealthCheckRequest, response: RPCWriter<Grpc_Health_V1_HealthCheckResponse>,
    context: ServerContext
  ) async throws {
    let isKnown = Self.names.contains(request.service)
    let (changes, continuation) = AsyncStream.makeStream(
      of: Grpc_Health_V1_HealthCheckResponse.ServingStatus.self, bufferingPolicy: .bufferingNewest(1))
    let ticket = state.withLock { state in
      state.next += 1
      state.watchers[state.next] = continuation
      continuation.yield(isKnown ? state.status : .serviceUnknown)
      return state.next
    }
    defer { state.withLock { $0.watchers[ticket] = nil } }
    // A cancelled call does not cancel its handler: this ends the watch when the caller is gone.
    try await withRPCCancellationHandler {
      try await connections.watching(PeerName(context)) {
        for await status in changes { try await response.write(.with { $0.status = isKnown ? status : .serviceUnknown }) }
      }
    } onCancelRPC: {
      continuation.finish()
    }
  }
}
