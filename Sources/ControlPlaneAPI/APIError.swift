// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// What the API says when it refuses: `{"error": {"code", "message", "mend"}}`.
package struct APIError: Error, Hashable, Sendable, Codable, ShownConvertible, CustomStringConvertible {
  /// A word for programs; more may be added, so an unknown one is no decoding error.
  package struct Code: RawRepresentable, Hashable, Sendable, Codable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The request is malformed: 400.
    package static let badRequest = Code(rawValue: "bad_request")
    /// The caller is not who may ask: 401.
    package static let unauthorized = Code(rawValue: "unauthorized")
    /// The asset, run, location or schedule does not exist: 404.
    package static let notFound = Code(rawValue: "not_found")
    /// The state does not allow it, such as a second launch under one key with another content: 409.
    package static let conflict = Code(rawValue: "conflict")
    /// It was there, and retention has removed it: 410.
    package static let gone = Code(rawValue: "gone")
    /// The request is larger than a stated limit: 413.
    package static let tooLarge = Code(rawValue: "too_large")
    /// The caller has too much open at once: 429.
    package static let tooMany = Code(rawValue: "too_many")
    /// The request did not come in time: 408.
    package static let timedOut = Code(rawValue: "timed_out")
    /// The workspace file has problems; the running workspace stays in force: 422.
    package static let invalidWorkspace = Code(rawValue: "invalid_workspace")
    /// What is needed is down just now (the store, a location): 503.
    package static let unavailable = Code(rawValue: "unavailable")
    /// A defect of the daemon: 500.
    package static let `internal` = Code(rawValue: "internal")
  }

  package let code: Code
  package let message: String
  /// What to do about it, where there is something.
  package let mend: String?

  package init(_ code: Code, _ message: String, mend: String? = nil) {
    self.code = code
    self.message = message
    self.mend = mend
  }

  package var shown: Shown { Shown.block(message) + (mend.map { "\n  mend: \(Shown.block($0))" } ?? "") }
  package var description: String { shown.text }

  /// The HTTP status that goes with the code.
  package var status: Int {
    switch code {
    case .badRequest: 400
    case .unauthorized: 401
    case .notFound: 404
    case .timedOut: 408
    case .conflict: 409
    case .gone: 410
    case .tooLarge: 413
    case .invalidWorkspace: 422
    case .tooMany: 429
    case .unavailable: 503
    default: 500
    }
  }
}

extension APIError {
  /// After how many seconds the same may be asked again, where that is all there is to do.
  package var retryAfter: Int? { code == .tooMany || code == .unavailable ? 5 : nil }
}

/// The body of every refusal.
package struct APIErrorBody: Hashable, Sendable, Codable {
  package let error: APIError
  package init(_ error: APIError) { self.error = error }
}
