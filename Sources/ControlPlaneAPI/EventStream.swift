// SPDX-License-Identifier: Apache-2.0

/// Reads server-sent events line by line: a value, without I/O.
///
/// Fields other than `id`, `event` and `data` are left alone, as the standard asks.
package struct EventStreamParser: Sendable {
  /// One event of the stream.
  package struct Message: Hashable, Sendable {
    package let id: String?
    package let event: String?
    package let data: String
  }

  private var pending: [UInt8] = []
  private var id: String?
  private var event: String?
  private var data: [String] = []

  package init() {}

  /// Takes the next bytes and gives back the events that they complete; bytes of an unfinished line are kept.
  package mutating func consume(_ bytes: some Sequence<UInt8>) -> [Message] {
    var messages: [Message] = []
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        pending.append(byte)
        continue
      }
      if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
      let line = String(decoding: pending, as: UTF8.self)
      pending.removeAll(keepingCapacity: true)
      if let message = take(line) { messages.append(message) }
    }
    return messages
  }

  private mutating func take(_ line: String) -> Message? {
    if line.isEmpty {
      defer { (id, event, data) = (nil, nil, []) }
      return data.isEmpty ? nil : Message(id: id, event: event, data: data.joined(separator: "\n"))
    }
    guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
    var value = line[line.index(after: colon)...]
    if value.first == " " { value.removeFirst() }
    switch line[..<colon] {
    case "id": id = String(value)
    case "event": event = String(value)
    case "data": data.append(String(value))
    default: break
    }
    return nil
  }
}

extension LiveEvent {
  /// The event as a server-sent event: its position as the id, its JSON as the data.
  package func serverSentEvent() throws -> String {
    "id: \(position)\nevent: \(kind.rawValue)\ndata: \(String(decoding: try APICoding.encode(self), as: UTF8.self))\n\n"
  }
}

extension EventStreamParser {
  /// The header of a stream's answer that names the incarnation whose positions its events have.
  package static let incarnationHeader = "Sluice-Incarnation"
}
