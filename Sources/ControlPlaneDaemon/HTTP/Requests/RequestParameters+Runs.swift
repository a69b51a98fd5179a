// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI

extension RequestParameters {
  /// Which runs are asked for.
  func runs() throws(APIError) -> RunQuery {
    RunQuery(
      state: try word("state", of: RunState.allCases), cause: try text("cause"),
      checksOnly: try text("checks_only") == nil ? nil : try flag("checks_only"), location: try text("location"),
      asset: try text("asset"), partition: try text("partition"), since: try instant("since"), until: try instant("until"))
  }

  private func word<Word: RawRepresentable<String>>(_ name: String, of words: [Word]) throws(APIError) -> Word? {
    guard let text = try text(name) else { return nil }
    guard let word = Word(rawValue: text) else {
      throw APIError(.badRequest, "'\(name)' is one of \(words.map(\.rawValue).joined(separator: ", ")), not '\(Self.cut(text))'")
    }
    return word
  }

  private func instant(_ name: String) throws(APIError) -> Instant? {
    guard let text = try text(name) else { return nil }
    guard let instant = Instant(text) else {
      throw APIError(.badRequest, "'\(name)' is an instant such as 2013-11-03T06:00:00Z, not '\(Self.cut(text))'")
    }
    return instant
  }
}
