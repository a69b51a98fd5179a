// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import NIOCore
import Synchronization

/// Counts the API's connections and live streams, in all and by client, and says which are too many.
final class ConnectionLedger: Sendable {
  /// Why a connection, a request or a stream was not served, or not to its end.
  enum Refusal: String, Sendable, CaseIterable {
    case connections
    case connectionsPerClient = "connections_per_client"
    /// Beyond the limits and silent, or one too many there, too.
    case reserve
    case headTime = "head_time"
    case bodyTime = "body_time"
    case malformed
    case headBytes = "head_bytes"
    /// A head whose texts would take long to compare.
    case marks
    case requestsAhead = "requests_ahead"
    /// A reader that took nothing.
    case stalled
    /// The system had no file for it.
    case descriptors
    case streams
    case streamsPerClient = "streams_per_client"
    /// Bodies and answers in memory were too large together.
    case heldBytes = "held_bytes"
    /// The client had gone before its request was answered.
    case departed
  }

  fileprivate struct Reserved {
    let channel: any Channel
    var isSilent = true
  }

  fileprivate struct Content {
    var connections = 0
    var connectionsOf: [ClientAddress: Int] = [:]
    /// By age.
    var reserved: [UInt64: Reserved] = [:]
    var nextID: UInt64 = 0
    var streams = 0
    var streamsOf: [ClientAddress: Int] = [:]
    var heldBytes = 0
    var refused: [Refusal: UInt64] = [:]
    var droppedStreams: UInt64 = 0
  }

  let limits: HTTPLimits
  private let content = Mutex(Content())

  init(_ limits: HTTPLimits) { self.limits = limits }

  var connections: Int { content.withLock { $0.connections + $0.reserved.count } }
  var streams: Int { content.withLock { $0.streams } }
  func refused(_ refusal: Refusal) -> UInt64 { content.withLock { $0.refused[refusal] ?? 0 } }

  func count(_ refusal: Refusal) { content.withLock { $0.refused[refusal, default: 0] += 1 } }
  func countDroppedStream() { content.withLock { $0.droppedStreams += 1 } }

  // MARK: Connections

  /// Takes a connection in: into the reserve, where it is one too many; then the longest silent one there makes room for it.
  ///
  /// - Returns: nil where there is no room at all. Who holds a ticket gives it back when the connection is closed.
  func admit(_ channel: any Channel) -> ConnectionTicket? {
    let client = ClientAddress(channel.remoteAddress)
    let (ticket, displaced) = content.withLock { $0.admit(channel, client, limits) }
    displaced?.close(promise: nil)
    return ticket
  }

  func giveBack(_ ticket: ConnectionTicket) { content.withLock { $0.giveBack(ticket) } }

  /// A connection of the reserve has sent its request, and makes room for no other any more.
  func spoke(_ ticket: ConnectionTicket) { content.withLock { $0.reserved[ticket.id]?.isSilent = false } }

  // MARK: Streams

  /// Takes a live stream in for as long as the ticket lives.
  ///
  /// - Throws: ``APIError`` where it is one too many.
  func admitStream(of client: ClientAddress) throws(APIError) -> StreamTicket {
    let refusal: Refusal? = content.withLock { content in
      let refusal: Refusal? =
        content.streams >= limits.streams
        ? .streams : content.streamsOf[client, default: 0] >= limits.streamsPerClient ? .streamsPerClient : nil
      if let refusal {
        content.refused[refusal, default: 0] += 1
      } else {
        content.streams += 1
        content.streamsOf[client, default: 0] += 1
      }
      return refusal
    }
    guard let refusal else { return StreamTicket(client, of: self) }
    throw error(refusal)
  }

  fileprivate func giveBackStream(of client: ClientAddress) {
    content.withLock { content in
      content.streams -= 1
      content.streamsOf.lower(client)
    }
  }

  // MARK: Memory

  /// Counts bytes that a request holds in memory.
  ///
  /// - Parameter whatever: also beyond the limit.
  /// - Throws: ``APIError`` where there are too many already.
  fileprivate func hold(_ bytes: Int, whatever: Bool) throws(APIError) {
    let fits = content.withLock { content in
      guard whatever || bytes <= limits.heldBytes - content.heldBytes else {
        content.refused[.heldBytes, default: 0] += 1
        return false
      }
      content.heldBytes += bytes
      return true
    }
    guard fits else { throw error(.heldBytes) }
  }

  fileprivate func giveBack(bytes: Int) { content.withLock { $0.heldBytes -= bytes } }

  // MARK: Words

  /// What a client that is refused reads.
  func error(_ refusal: Refusal) -> APIError {
    let later = "try again in a few seconds"
    return switch refusal {
    case .connections, .reserve, .descriptors:
      APIError(.unavailable, "the daemon has \(limits.connections) connections, and takes no more", mend: later)
    case .connectionsPerClient:
      APIError(
        .tooMany, "this address has \(limits.connectionsPerClient) connections, and may have no more",
        mend: "close some, or use one for several requests")
    case .streams: APIError(.unavailable, "the daemon has \(limits.streams) live streams, and takes no more", mend: later)
    case .streamsPerClient:
      APIError(
        .tooMany, "this address has \(limits.streamsPerClient) live streams, and may have no more",
        mend: "close some: one stream of all events tells what many of single runs do")
    case .heldBytes:
      APIError(.unavailable, "the daemon has \(limits.heldBytes) bytes of requests and answers in memory", mend: later)
    case .headTime: APIError(.timedOut, "the request's head did not come within \(limits.headTime)")
    case .bodyTime: APIError(.timedOut, "the request's body did not come within \(limits.bodyTime)")
    case .headBytes:
      APIError(.tooLarge, "the request's head has more than \(limits.headBytes) bytes or \(limits.headers) headers")
    case .marks:
      APIError(
        .badRequest, "the request's head has more than \(Limits.combiningMarks) combining marks in a row (combiningMarks)")
    case .requestsAhead:
      APIError(.tooMany, "more than \(limits.requestsAhead) requests were sent ahead of their answers", mend: later)
    case .malformed: APIError(.badRequest, "this is no HTTP request")
    case .departed: APIError(.unavailable, "the client has gone")
    case .stalled: APIError(.timedOut, "the answer was not read within \(limits.stallTime)")
    }
  }

  func add(to text: inout PrometheusText) {
    let content = content.withLock { $0 }
    text.add(
      "sluice_http_connections", .gauge, "Connections to the API.", Double(content.connections + content.reserved.count))
    text.add(
      "sluice_http_refused_total", .counter, "Connections, requests and streams that a limit has refused or ended, by limit.",
      Refusal.allCases.map { ([("limit", $0.rawValue)], Double(content.refused[$0] ?? 0)) })
    text.add(
      "sluice_http_held_bytes", .gauge, "Bytes of requests' bodies and answers in memory, beside what is free.",
      Double(content.heldBytes))
    text.add("sluice_http_streams", .gauge, "Live streams.", Double(content.streams))
    text.add(
      "sluice_http_streams_dropped_total", .counter, "Live streams whose reader took nothing.", Double(content.droppedStreams))
  }
}

extension ConnectionLedger.Content {
  fileprivate mutating func admit(
    _ channel: any Channel, _ client: ClientAddress, _ limits: HTTPLimits
  ) -> (ticket: ConnectionTicket?, displaced: (any Channel)?) {
    nextID += 1
    let refusal: ConnectionLedger.Refusal? =
      connections >= limits.connections
      ? .connections : connectionsOf[client, default: 0] >= limits.connectionsPerClient ? .connectionsPerClient : nil
    guard let refusal else {
      connections += 1
      connectionsOf[client, default: 0] += 1
      return (ConnectionTicket(id: nextID, client: client, refusal: nil), nil)
    }
    var displaced: (any Channel)?
    if reserved.count >= limits.reserve {
      refused[.reserve, default: 0] += 1
      guard let oldest = reserved.filter(\.value.isSilent).keys.min() else { return (nil, nil) }
      displaced = reserved.removeValue(forKey: oldest)?.channel
    }
    reserved[nextID] = ConnectionLedger.Reserved(channel: channel)
    return (ConnectionTicket(id: nextID, client: client, refusal: refusal), displaced)
  }

  fileprivate mutating func giveBack(_ ticket: ConnectionTicket) {
    guard ticket.refusal == nil else {
      reserved[ticket.id] = nil
      return
    }
    connections -= 1
    connectionsOf.lower(ticket.client)
  }
}

/// A connection's place among the others.
struct ConnectionTicket: Sendable {
  let id: UInt64
  let client: ClientAddress
  /// Why it is in the reserve, where only probes are answered; nil where it is not.
  let refusal: ConnectionLedger.Refusal?
}

/// A live stream's place among the others, given back with the ticket's last holder, however the stream ends.
final class StreamTicket: Sendable {
  private let client: ClientAddress
  private let ledger: ConnectionLedger

  fileprivate init(_ client: ClientAddress, of ledger: ConnectionLedger) {
    self.client = client
    self.ledger = ledger
  }

  deinit { ledger.giveBackStream(of: client) }
}

/// What one request holds in memory of its body and its answer, given back with the last holder, however the request ends.
final class MemoryTicket: Sendable {
  private let ledger: ConnectionLedger
  /// All bytes, and those of them that the ledger counts.
  private let held = Mutex((all: 0, counted: 0))

  init(of ledger: ConnectionLedger) { self.ledger = ledger }

  /// - Throws: ``APIError`` where too much is in memory already.
  func take(_ bytes: Int) throws(APIError) { try hold(bytes, whatever: false) }

  /// Counts bytes that are not refused.
  func add(_ bytes: Int) { try? hold(bytes, whatever: true) }

  private func hold(_ bytes: Int, whatever: Bool) throws(APIError) {
    let more = held.withLock { held in
      held.all += bytes
      return max(0, held.all - ledger.limits.freeBytes) - held.counted
    }
    guard more > 0 else { return }
    try ledger.hold(more, whatever: whatever)
    held.withLock { $0.counted += more }
  }

  deinit { ledger.giveBack(bytes: held.withLock { $0.counted }) }
}

extension [ClientAddress: Int] {
  /// Counts one less, and forgets who has none.
  fileprivate mutating func lower(_ client: ClientAddress) {
    guard let count = self[client] else { return }
    self[client] = count > 1 ? count - 1 : nil
  }
}
