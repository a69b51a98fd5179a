// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

extension ControlPlaneClient {
  /// Follows the live events, of one run or of all, until `body` returns false or the daemon ends the stream.
  ///
  /// A broken stream is opened again behind the last event seen, so that each event comes once; after `patience` without a
  /// connection it gives up.
  ///
  /// - Throws: ``DaemonUnreachable``, ``APIError``, or what `body` throws.
  package func follow(
    run: UInt64? = nil, after position: UInt64? = nil, patience: Duration = .seconds(60),
    _ body: (LiveEvent) async throws -> Bool
  ) async throws {
    var last = position
    // Whose positions they are: after a restore the same numbers stand for other events.
    var incarnation: String?
    var lastContact = ContinuousClock.now
    while true {
      do {
        let response = try await open(.events(run: run, after: last, incarnation: last == nil ? nil : incarnation))
        guard response.status.code == 200 else {
          throw refusal(status: Int(response.status.code), data: Data(buffer: try await response.body.collect(upTo: 1 << 20)))
        }
        lastContact = .now
        incarnation = response.headers.first(name: EventStreamParser.incarnationHeader) ?? incarnation
        if try await read(response.body, last: &last, body) { return }
        lastContact = .now
      } catch let error as DaemonUnreachable {
        guard ContinuousClock.now - lastContact < patience else { throw error }
      } catch let error as APIError where error.code == .unavailable {
        guard ContinuousClock.now - lastContact < patience else { throw error }
      }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  /// Whether the stream came to its end, rather than breaking off.
  private func read(
    _ bytes: HTTPClientResponse.Body, last: inout UInt64?, _ body: (LiveEvent) async throws -> Bool
  ) async throws -> Bool {
    var parser = EventStreamParser()
    var iterator = bytes.makeAsyncIterator()
    while let buffer = try await Self.next(&iterator) {
      for message in parser.consume(buffer.readableBytesView) {
        if message.event == "end" { return true }
        guard let event = try? APICoding.decode(LiveEvent.self, from: Data(message.data.utf8)) else { continue }
        last = event.position
        if try await !body(event) { return true }
      }
    }
    return false
  }

  /// The next bytes, or nil where the stream ended or broke: both are followed by a new connection.
  private static func next(_ iterator: inout HTTPClientResponse.Body.AsyncIterator) async throws -> ByteBuffer? {
    do {
      return try await iterator.next()
    } catch {
      try Task.checkCancellation()
      return nil
    }
  }
}
