// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// How a connection fares, for people.
package struct ConnectionStatus: Hashable, Sendable {
  package enum Phase: String, Hashable, Sendable {
    case connecting, open, waiting
  }

  package var phase = Phase.connecting
  /// Why the last try or session ended.
  package var problem: String?
  /// Tries since the last session.
  package var failures = 0
  /// When the last word came.
  package var heardAt: Timestamp?

  /// What was refused since the daemon's start, before it came to a decision.
  package var refused: [RefusedMessage: UInt64] = [:]

  package init() {}
}
