// SPDX-License-Identifier: Apache-2.0

import AssetModel
import LocationWire
import Synchronization

/// What the daemon remembers of a location over its connections: its budgets, and what of it was refused before the core saw it.
final class LocationRecord: Sendable {
  private struct Content {
    var talk = TalkBudget(at: .now)
    var manifests = ManifestBudget(at: .now)
    var refused: [RefusedMessage: UInt64] = [:]
  }

  private let content = Mutex(Content())

  // MARK: Talk

  func charge(_ cost: Duration) { content.withLock { $0.talk.charge(cost, at: .now) } }

  /// How long nothing more is read from the location.
  var wait: Duration { content.withLock { $0.talk.wait(at: .now) } }

  // MARK: Manifests

  /// Takes one more manifest of so many bytes.
  ///
  /// - Returns: how long it must wait; nil where it may be taken now.
  func admitManifest(bytes: Int) -> Duration? { content.withLock { $0.manifests.admit(bytes: bytes, at: .now) } }

  // MARK: Counts

  func count(_ refused: RefusedMessage, _ number: Int = 1) {
    guard number > 0 else { return }
    content.withLock { content in
      let (sum, overflow) = (content.refused[refused] ?? 0).addingReportingOverflow(UInt64(number))
      content.refused[refused] = overflow ? .max : sum
    }
  }

  var refused: [RefusedMessage: UInt64] { content.withLock { $0.refused } }
}

/// What a location sent that the core never saw.
package enum RefusedMessage: String, Hashable, Sendable, CaseIterable {
  /// It cannot be read, or is over a limit.
  case malformed
  /// It is of a newer version than this daemon, or of nothing.
  case unknown
  /// It would not fit in memory, or is one too many: the session ended.
  case session
  /// A manifest that could not be taken, or came too soon after others.
  case manifest
  /// Nothing was read for a while, since too much had come to nothing.
  case paused
  /// It was not told in the daemon's log, of which it has had its share.
  case unlogged = "daemon_log_line"
}
