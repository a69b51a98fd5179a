// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// The connection between the daemon and one host, and what a session needs to go on after a break.
struct Link {
  struct Session {
    let epoch: Epoch
    let instance: Int
    /// Which of the link's sessions without a past this is: numbers of an earlier one mean nothing to it.
    let serial: Int
    /// Everything that the daemon said, in order, as far as the session goes back.
    var said: [ToHost] = []
    var hostReceived = 0
    var daemonReceived = 0
    /// Nothing overtakes anything.
    var lastToHost = Timestamp(microseconds: 0)
    var lastToDaemon = Timestamp(microseconds: 0)
  }

  /// Grows whenever a connection is made or breaks; what was under way on an earlier one is lost.
  private(set) var connection = 0
  private(set) var isUp = false
  var session: Session?
  /// The host cannot be reached before.
  var unreachableUntil = Timestamp(microseconds: 0)

  mutating func open(_ opened: Session) {
    connection += 1
    isUp = true
    session = opened
  }

  mutating func breakDown() {
    connection += 1
    isUp = false
  }
}
