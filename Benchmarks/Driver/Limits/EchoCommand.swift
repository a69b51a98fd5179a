// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import GRPCCore
import GRPCNIOTransportHTTP2
import LocationWire
import SwiftProtobuf

struct EchoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "echo", abstract: "The other end of 'messages', which starts it.", shouldDisplay: false)

  @Option(help: "The port of 127.0.0.1 that it listens on.")
  var port: Int

  func run() async throws {
    let server = GRPCServer(
      transport: .http2NIOPosix(
        address: .ipv4(host: "127.0.0.1", port: port), transportSecurity: .plaintext,
        config: .defaults {
          $0.rpc.maxRequestPayloadSize = WireLimits.messageBytes
          $0.connection.flushCoalescing = nil
        }, eventLoopGroup: ServerLoop.group),
      services: [EchoService()])
    try await withTaskExecutorPreference(ServerLoop.executor) { try await server.serve() }
  }
}

/// Speaks the wire of a location and does nothing: for each grant of a message it answers that the attempt has finished.
struct EchoService: Sluice_Location_V1_CodeLocation.SimpleServiceProtocol {
  func challenge(
    request: Sluice_Location_V1_ChallengeRequest, context: ServerContext
  ) async throws -> Sluice_Location_V1_ChallengeResponse { throw Self.refusal }

  func describe(
    request: Sluice_Location_V1_DescribeRequest, response: RPCWriter<Sluice_Location_V1_DescribeResponse>, context: ServerContext
  ) async throws { throw Self.refusal }

  func preview(
    request: Sluice_Location_V1_PreviewRequest, response: RPCWriter<Sluice_Location_V1_PreviewResponse>, context: ServerContext
  ) async throws { throw Self.refusal }

  private static var refusal: RPCError { RPCError(code: .unimplemented, message: "only sessions are answered here") }

  func session(
    request: RPCAsyncSequence<Sluice_Location_V1_SessionRequest, any Error>,
    response: RPCWriter<Sluice_Location_V1_SessionResponse>, context: ServerContext
  ) async throws {
    for try await message in request {
      try await response.write(
        .with { answer in
          answer.acknowledged = message.commands.first
          answer.events.first = message.commands.first
          answer.events.events = message.commands.commands.map { command in
            .with { event in
              event.report.attempt = command.grant.attempt
              event.report.finished.completed = .init()
            }
          }
        })
    }
  }
}
