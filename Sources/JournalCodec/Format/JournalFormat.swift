// SPDX-License-Identifier: Apache-2.0

package import Orchestrator

/// The versions of the journal's format: which there were, and which this program knows (semantics 30).
///
/// A kind of event, or a part of one that may not be overlooked, belongs to the format that introduced it. A store remembers
/// the newest format that it holds, so that a program that is too old is stopped before it writes anything.
package struct JournalFormat: Hashable, Sendable {
  /// 1 for the first.
  package let number: UInt32
  /// The first release of Sluice that knows it.
  package let release: String

  package init(number: UInt32, release: String) {
    self.number = number
    self.release = release
  }

  package static let first = JournalFormat(number: 1, release: "0.1.0")
  /// The newest that this program knows, and writes.
  package static let current = first

  /// The error for a store that holds events of this format, or nil where the program knows it.
  ///
  /// - Parameter place: What holds them, for the message.
  package func refusal(in place: String) -> JournalError? {
    guard number > Self.current.number else { return nil }
    let needed = release.isEmpty ? "a newer release" : "release \(release) or later"
    return JournalError(
      .tooNew,
      "\(place) holds events of journal format \(number), and this program knows formats up to \(Self.current.number): "
        + "start \(needed) of Sluice; nothing was changed")
  }
}

/// What is wrong with encoded bytes; callers add where.
struct CodecProblem: Error, Hashable {
  let message: String

  init(_ message: String) { self.message = message }

  static func unknown(_ what: String) -> CodecProblem { CodecProblem("unknown \(what)") }
  static func missing(_ what: String) -> CodecProblem { CodecProblem("no \(what)") }
}
