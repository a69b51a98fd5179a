// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import LocationWire
import SwiftProtobuf

struct MessagesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "messages",
    abstract: "Bare messages on one gRPC stream between two processes: what sessions would cost if nobody decided anything.",
    discussion: """
      A round exchanges --items grants for as many reports, --batch of them to a message, with --window messages on their way. \
      --batch 1 --window 1 is the time of one message there and one back.
      """)

  @Option(help: "How many grants, each answered by a report, a round exchanges.")
  var items = 10_000

  @Option(help: "How many of them one message holds.")
  var batch = 1

  @Option(help: "How many messages may be unanswered.")
  var window = 64

  @Option(help: "The port that the other process takes.")
  var port = 5_460

  @Option(help: "How often the work is measured, after one round that is not.")
  var rounds = 5

  func validate() throws {
    guard batch > 0, window > 0, items >= batch else { throw ValidationError("--batch and --window must be at least 1") }
  }

  func run() async throws {
    let echo = Process()
    echo.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    echo.arguments = ["echo", "--port", "\(port)"]
    try echo.run()
    defer {
      echo.terminate()
      echo.waitUntilExit()
    }
    var report = Report("messages", Report.Setting(), units: items)
    report.figures = ["batch": Double(batch), "window": Double(window), "messages": Double(messages)]
    let limit = WireLimits.messageBytes
    let executor = SessionLoops.all[0]
    let transport = try HTTP2ClientTransport.Posix(
      target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext,
      config: .defaults { $0.connection.flushCoalescing = nil },
      serviceConfig: ServiceConfig(
        methodConfig: [
          MethodConfig(
            names: [MethodConfig.Name(service: "")], waitForReady: true, maxRequestMessageBytes: limit,
            maxResponseMessageBytes: limit)
        ]), eventLoopGroup: executor.loop)
    let durations = try await withTaskExecutorPreference(executor) {
      try await withGRPCClient(transport: transport) { client in
        let location = Sluice_Location_V1_CodeLocation.Client(wrapping: client)
        var durations: [Duration] = []
        for _ in 0...rounds { durations.append(try await exchange(on: location)) }
        return durations
      }
    }
    for duration in durations.dropFirst() { report.add(duration) }
    try report.print()
  }

  private var messages: Int { (items + batch - 1) / batch }

  /// Sends every message on one stream, each beyond the window once an earlier one is answered.
  private func exchange(on location: Sluice_Location_V1_CodeLocation.Client<HTTP2ClientTransport.Posix>) async throws -> Duration
  {
    let (places, place) = AsyncStream.makeStream(of: Void.self)
    for _ in 0..<window { place.yield() }
    let (batch, messages) = (batch, messages)
    let start = ContinuousClock.now
    return try await location.session(
      requestProducer: { writer in
        var next: UInt64 = 1
        for await _ in places {
          try await writer.write(Self.message(from: next, count: batch))
          next += UInt64(batch)
          if next > UInt64(messages * batch) { return }
        }
      },
      onResponse: { response in
        var answered = 0
        for try await _ in response.messages {
          answered += 1
          place.yield()
        }
        place.finish()
        guard answered == messages else { throw BenchmarkError("\(answered) of \(messages) messages were answered") }
        return ContinuousClock.now - start
      })
  }

  /// Grants as the daemon sends them for assets that do nothing.
  private static func message(from first: UInt64, count: Int) -> Sluice_Location_V1_SessionRequest {
    .with { message in
      message.acknowledged = first - 1
      message.commands.first = first
      message.commands.commands = (0..<count).map { index in
        let ordinal = first + UInt64(index)
        return .with { command in
          command.grant.attempt.run = 1
          command.grant.attempt.step = UInt32(truncatingIfNeeded: ordinal)
          command.grant.attempt.number = 1
          command.grant.epoch = 1
          command.grant.manifestDigest = "sha256:" + String(repeating: "0", count: 64)
          command.grant.step = "bench/a\(ordinal)"
          command.grant.deadlineUs = 1_700_000_000_000_000
          command.grant.materialize.outputs = [.with { $0.version.asset = "bench/a\(ordinal)" }]
        }
      }
    }
  }
}
