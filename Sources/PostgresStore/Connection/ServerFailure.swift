// SPDX-License-Identifier: Apache-2.0

package import Orchestrator

/// What went wrong with a connection, or what the server said.
package struct ServerFailure: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// The server refused a statement, with its SQLSTATE.
    case refused(String)
    /// The connection could not be made, or broke.
    case lost
    /// The server did not answer in time.
    case silent
    /// The connection string is none.
    case malformed
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// Whether the same may work a moment later, on another connection: the server starts, stops or is away.
  var isPassing: Bool {
    switch kind {
    case .lost: true
    case .refused(let state): state.hasPrefix("08") || state.hasPrefix("57P0")
    case .silent, .malformed: false
    }
  }
}

extension ServerFailure {
  /// The error of the store, with the operation and the mend, and with the server's SQLSTATE where it refused.
  ///
  /// - Parameter place: The server and the database, for the message.
  package func journalError(in place: String, _ operation: StoreOperation) -> JournalError {
    switch kind {
    case .lost: JournalError(.unavailable, "\(place) cannot be reached (\(operation.rawValue)): \(description)")
    case .silent: JournalError(.unavailable, "\(place) \(description) (\(operation.rawValue)): check the server and the network")
    case .malformed: JournalError(.unavailable, description)
    case .refused(let state): refused(state, in: place, "\(description), SQLSTATE \(state), \(operation.rawValue)")
    }
  }

  private func refused(_ state: String, in place: String, _ said: String) -> JournalError {
    switch state {
    case "XX001", "XX002":
      JournalError(.damaged, "\(place) is damaged (\(said)): restore a backup into another database")
    case "42P01", "42703", "3F000":
      JournalError(.unavailable, "\(place) holds no store that this program can use yet: \(said)")
    case "42501":
      JournalError(
        .unavailable, "\(place) does not let this role do what the store needs (\(said)): grant it what the guide lists")
    case "25006":
      JournalError(
        .unavailable,
        "\(place) is read-only (\(said)): name the primary, or all servers with target_session_attrs=read-write")
    case "53100": JournalError(.unavailable, "no space is left for \(place) (\(said)): free some; scheduling resumes by itself")
    case "57P01":
      JournalError(
        .unavailable,
        "\(place) ended our session (\(said)): it stops, or another daemon has taken the lease over")
    case "57014", "55P03": JournalError(.unavailable, "\(place) took too long: \(said)")
    default: JournalError(.unavailable, "cannot use \(place): \(said)")
    }
  }
}
