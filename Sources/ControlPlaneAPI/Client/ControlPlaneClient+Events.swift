// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

extension ControlPlaneClient {
  /// Follows the live events, of one run or of all, until `body` returns false or the daemon ends the stream.
  ///
  /// A broken stream is opened again where it broke, also between two events of one position, so that each event comes once; after `patience` without a
  /// connection it gives up.
  ///
  /// - Throws: ``DaemonUnreachable``, ``APIError``, or what `body` throws.
  package func follow(
    run: UInt64? = nil, after position: UInt64? = nil, patience: Duration = .seconds(60),
    _ body: (LiveEvent) async throws -> Bool
  ) async throws {
    var place = StreamPlace(position)
    // Whose positions they are: after a restore the same numbers stand for other events.
    var incarnation: String?
    var lastContact = ContinuousClock.now
    while true {
      do {
        let response = try await open(
          .events(run: run, after: place.after, incarnation: place.after == nil ? nil : incarnation))
        guard response.status.code == 200 else {
          throw refusal(status: Int(response.status.code), data: Data(buffer: try await response.body.collect(upTo: 1 << 20)))
        }
        lastContact = .now
        incarnation = response.headers.first(name: EventStreamParser.incarnationHeader) ?? incarnation
        place.begin()
        if try await read(response.body, &place, body) { return }
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
    _ bytes: HTTPClientResponse.Body, _ place: inout StreamPlace, _ body: (LiveEvent) async throws -> Bool
  ) async throws -> Bool {
    var parser = EventStreamParser()
    var iterator = bytes.makeAsyncIterator()
    while let buffer = try await Self.next(&iterator) {
      for message in parser.consume(buffer.readableBytesView) {
        if message.event == "end" { return true }
        guard let event = try? APICoding.decode(LiveEvent.self, from: Data(message.data.utf8)) else { continue }
        guard place.take(event) else { continue }
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

/// Where a stream is that may break and be opened again. One position may carry several events: those of the last one that were seen are
/// told once more by the next stream, and left aside.
package struct StreamPlace: Hashable, Sendable {
  private let start: UInt64?
  private var last: UInt64?
  /// Events of that position that were seen, and how many of them the present stream has told.
  private var seen = 0
  private var told = 0

  /// - Parameter start: behind which position the first stream begins; nil for the present.
  package init(_ start: UInt64?) { self.start = start }

  /// Behind which position the next stream begins.
  package var after: UInt64? { last.map { $0 > 0 ? $0 - 1 : 0 } ?? start }

  /// A stream begins.
  package mutating func begin() { told = 0 }

  /// Takes the stream's next event.
  ///
  /// - Returns: whether it is new.
  package mutating func take(_ event: LiveEvent) -> Bool {
    if event.position != last { (last, seen, told) = (event.position, 0, 0) }
    told += 1
    guard told > seen else { return false }
    seen = told
    return true
  }
}
