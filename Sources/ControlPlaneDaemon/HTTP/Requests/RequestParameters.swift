// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Foundation
import HTTPTypes
import Hummingbird

/// The parameters of a request, by name; each error names the parameter and what it may be.
struct RequestParameters {
  private let query: Parameters
  private let path: Parameters
  /// What the request holds in memory.
  let memory: MemoryTicket
  /// Bytes that are handed to the connection at once.
  let piece: Int

  init(_ request: Request, _ context: APIContext, of ledger: ConnectionLedger) {
    memory = MemoryTicket(of: ledger)
    piece = ledger.limits.piece
    query = request.uri.queryParameters
    path = context.parameters
  }

  /// An optional parameter of the query; an empty one counts as absent.
  func text(_ name: String, most limit: Int = APILimits.textBytes) throws(APIError) -> String? {
    guard let value = query[Substring(name)], !value.isEmpty else { return nil }
    guard value.utf8.count <= limit else { throw APIError(.badRequest, "'\(name)' has more than \(limit) bytes") }
    try Self.checkMarks(name, value)
    return String(value)
  }

  func required(_ name: String) throws(APIError) -> String {
    guard let value = try text(name) else { throw APIError(.badRequest, "the parameter '\(name)' is missing") }
    return value
  }

  func selection() throws(APIError) -> String? { try text("selection", most: APILimits.selectionBytes) }

  /// A part of the path.
  func part(_ name: String) throws(APIError) -> String {
    guard let escaped = path[Substring(name)], let value = String(escaped).removingPercentEncoding, !value.isEmpty else {
      throw APIError(.badRequest, "'\(name)' is missing in the path, or is no text in percent-encoding")
    }
    guard value.utf8.count <= APILimits.textBytes else {
      throw APIError(.badRequest, "'\(name)' has more than \(APILimits.textBytes) bytes")
    }
    try Self.checkMarks(name, value)
    return value
  }

  /// What is encoded twice is first seen here.
  private static func checkMarks(_ name: String, _ value: some StringProtocol) throws(APIError) {
    guard value.hasMarks() else {
      throw APIError(
        .badRequest, "'\(name)' has more than \(Limits.combiningMarks) combining marks in a row (combiningMarks)")
    }
  }

  func run() throws(APIError) -> UInt64 {
    let text = try part("id")
    guard let id = Self.number(text) else { throw APIError(.badRequest, "'\(Self.cut(text))' is no run: a run is a number") }
    return id
  }

  func number(_ name: String) throws(APIError) -> UInt64? {
    guard let text = try text(name) else { return nil }
    guard let number = Self.number(text) else {
      throw APIError(.badRequest, "'\(name)' is a whole number up to \(APILimits.number), not '\(Self.cut(text))'")
    }
    return number
  }

  /// The number of a version.
  func version() throws(APIError) -> UInt32? {
    guard let text = try text("version") else { return nil }
    // Nil where it does not fit.
    guard let number = UInt32(text) else {
      throw APIError(.badRequest, "'version' is the number of a version, not '\(Self.cut(text))'")
    }
    return number
  }

  /// `true` or `false`; false where it is absent.
  func flag(_ name: String) throws(APIError) -> Bool {
    guard let text = try text(name) else { return false }
    guard let flag = Bool(text) else { throw APIError(.badRequest, "'\(name)' is true or false, not '\(Self.cut(text))'") }
    return flag
  }

  private static func number(_ text: String) -> UInt64? { UInt64(text).flatMap { $0 <= APILimits.number ? $0 : nil } }

  /// What is shown of a value that is none.
  static func cut(_ text: String) -> String { text.count > 40 ? "\(text.prefix(40))…" : text }

  func offset(_ name: String = "offset") throws(APIError) -> Int {
    guard let number = try number(name) else { return 0 }
    return Int(clamping: number)
  }

  func limit(
    default standard: Int = APILimits.defaultPageItems, most: Int = APILimits.pageItems
  ) throws(APIError) -> Int {
    guard let text = try text("limit") else { return standard }
    guard let number = Int(text), (1...most).contains(number) else {
      throw APIError(.badRequest, "'limit' is a number from 1 to \(most), not '\(Self.cut(text))'")
    }
    return number
  }

  /// How long the answer may wait for a run's end.
  func wait() throws(APIError) -> Duration? {
    guard let text = try text("wait") else { return nil }
    guard let seconds = Int(text), (0...APILimits.waitSeconds).contains(seconds) else {
      throw APIError(.badRequest, "'wait' is a number of seconds from 0 to \(APILimits.waitSeconds), not '\(Self.cut(text))'")
    }
    return .seconds(seconds)
  }

  func state() throws(APIError) -> PartitionState? {
    guard let text = try text("state") else { return nil }
    guard let state = PartitionState(rawValue: text) else {
      let allowed = PartitionState.allCases.map(\.rawValue).joined(separator: ", ")
      throw APIError(.badRequest, "'state' is one of \(allowed), not '\(Self.cut(text))'")
    }
    return state
  }

  /// Where an event stream goes on: `after`, or what a browser sends when it connects again.
  func position(_ request: Request) throws(APIError) -> UInt64? {
    if let after = try number("after") { return after }
    return HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }.flatMap { Self.number($0) }
  }
}
