// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import HTTPTypes
import Hummingbird

/// The parameters of a request, by name; each error names the parameter and what it may be.
struct RequestParameters {
  private let query: Parameters
  private let path: Parameters

  init(_ request: Request, _ context: BasicRequestContext) {
    query = request.uri.queryParameters
    path = context.parameters
  }

  /// An optional parameter of the query; an empty one counts as absent, except for what may be empty.
  subscript(name: String) -> String? { query[Substring(name)].flatMap { $0.isEmpty ? nil : String($0) } }

  func required(_ name: String) throws(APIError) -> String {
    guard let value = self[name] else { throw APIError(.badRequest, "the parameter '\(name)' is missing") }
    return value
  }

  /// A part of the path.
  func part(_ name: String) throws(APIError) -> String {
    guard let escaped = path[Substring(name)], let value = String(escaped).removingPercentEncoding, !value.isEmpty else {
      throw APIError(.badRequest, "'\(name)' is missing in the path")
    }
    return value
  }

  func run() throws(APIError) -> UInt64 {
    let text = try part("id")
    guard let id = UInt64(text) else { throw APIError(.badRequest, "'\(text)' is no run: a run is a number") }
    return id
  }

  func number(_ name: String) throws(APIError) -> UInt64? {
    guard let text = self[name] else { return nil }
    guard let number = UInt64(text) else { throw APIError(.badRequest, "'\(name)' is a whole number, not '\(text)'") }
    return number
  }

  func offset(_ name: String = "offset") throws(APIError) -> Int {
    guard let text = self[name] else { return 0 }
    guard let number = Int(text), number >= 0 else {
      throw APIError(.badRequest, "'\(name)' is a whole number from 0, not '\(text)'")
    }
    return number
  }

  func limit(
    default standard: Int = APILimits.defaultPageItems, most: Int = APILimits.pageItems
  ) throws(APIError) -> Int {
    guard let text = self["limit"] else { return standard }
    guard let number = Int(text), (1...most).contains(number) else {
      throw APIError(.badRequest, "'limit' is a number from 1 to \(most), not '\(text)'")
    }
    return number
  }

  /// How long the answer may wait for a run's end.
  func wait() throws(APIError) -> Duration? {
    guard let text = self["wait"] else { return nil }
    guard let seconds = Int(text), (0...APILimits.waitSeconds).contains(seconds) else {
      throw APIError(.badRequest, "'wait' is a number of seconds from 0 to \(APILimits.waitSeconds), not '\(text)'")
    }
    return .seconds(seconds)
  }

  func state() throws(APIError) -> PartitionState? {
    guard let text = self["state"] else { return nil }
    guard let state = PartitionState(rawValue: text) else {
      let allowed = PartitionState.allCases.map(\.rawValue).joined(separator: ", ")
      throw APIError(.badRequest, "'state' is one of \(allowed), not '\(text)'")
    }
    return state
  }

  /// Where an event stream goes on: `after`, or what a browser sends when it connects again.
  func position(_ request: Request) throws(APIError) -> UInt64? {
    if let after = try number("after") { return after }
    return HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }.flatMap { UInt64($0) }
  }
}
