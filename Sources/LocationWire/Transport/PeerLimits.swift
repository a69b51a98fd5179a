// SPDX-License-Identifier: Apache-2.0

/// What whoever reaches a location's server may take of it, most of it before anything is proved.
package struct PeerLimits: Hashable, Sendable {
  /// Connections at once. Beyond them one that has proved nothing makes room: of the address that has most of those, the oldest.
  package var connections = 256
  /// Bytes that a connection may bring before one of its calls is admitted, HTTP/2's own included; after half of them it is asked to
  /// come again on another one.
  package var unprovenBytes = 4 * WireLimits.unprovenBytes
  /// How long a connection may be open before one of its calls is admitted, or answered by the health service.
  package var silence: Duration = .seconds(10)
  /// How long one that is to be closed for that may go on with the calls that it has, and be told to come again.
  package var farewell: Duration = .seconds(2)
  /// Connections at once that keep their places, once each, for ``challengeTime`` after they were given a challenge; no more than a
  /// quarter of all.
  package var challenged = 16
  /// How long a connection that was given a challenge makes no room for others.
  package var challengeTime: Duration = .seconds(2)
  /// Calls of one connection at once; clients keep further ones back.
  package var streams = 32
  /// How long no connection is accepted where the system has no file for another.
  package var acceptPause: Duration = .milliseconds(100)

  package init() {}

  /// Fewer connections where the process may open only so many files: three of four are for its steps.
  package func fitting(descriptors: Int) -> PeerLimits {
    var limits = self
    limits.connections = max(8, min(connections, descriptors / 4))
    return limits
  }
}
