// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Every bound and default of a host.
package enum HostLimits {
  /// Steps that run at once unless `--slots` says otherwise.
  package static func defaultSlots(cores: Int) -> Int { 2 * max(1, cores) }
  /// Slots that may be asked for.
  package static let slots = 1_024
  /// Threads beyond the slots, so that closures which hang or block take no thread from the others; further ones wait.
  package static let replacementThreads = 64
  /// How long work may wait without any being taken before an idle thread is woken beside those that are at work.
  package static let wakePatience: Duration = .milliseconds(1)
  /// How long work may lie waiting, though some is taken, before an idle thread is woken all the same.
  package static let queuePatience: Duration = .milliseconds(100)
  /// How long work may wait while every thread is busy before a thread beyond the slots takes it.
  package static let threadPatience: Duration = .milliseconds(50)
  /// The farthest deadline that a host watches.
  package static let longestFence: Duration = .seconds(86_400 * 3_650)
  /// How long what a step says on its way may wait for what follows.
  package static let linger: Duration = .milliseconds(10)
  /// How long a thread beyond the slots idles before it ends.
  package static let threadIdle: Duration = .seconds(10)
  /// How long steps in flight may take to finish once the host drains, unless `--grace` says otherwise.
  package static let drainGrace: Duration = .seconds(30)
  /// How long open calls may take to end once the server has drained, and resources to be closed.
  package static let closePatience: Duration = .seconds(3)
  /// How long a server may take to say whether it serves.
  package static let healthPatience: Duration = .seconds(3)
  /// Rows of a preview that names no limit.
  package static let previewRows = 20
  /// How long reading a version for a preview may take.
  package static let previewPatience: Duration = .seconds(30)
  /// Daemons' worlds (incarnations) that are remembered at once; the longest unused one is forgotten first.
  package static let worlds = 8
  /// How long after its last stream a store holds the location before the control plane of another one is let in.
  package static let storeGrace: Duration = .seconds(10)
  /// How far an epoch may lie above the highest seen where nobody proves whose it is: else one session could lock out all others.
  package static let insecureEpochJump: Epoch = 1 << 20
}

/// How long a host waits for those who may never answer.
package struct HostPatience: Sendable {
  /// How long after its deadline an attempt may take to end before its slot is taken back.
  package var deadline: Duration = .seconds(10)
  /// How long after its cancellation an attempt may take to end before its slot is taken back.
  package var cancel: Duration = .seconds(30)
  /// How long a draining host waits for cancelled steps, and until the daemon has everything that it reported.
  package var linger: Duration = .seconds(5)
  /// How long listing what lies unsettled may hold up a session.
  package var unsettled: Duration = .seconds(10)
  /// How long after its last stream a store holds the location.
  package var store: Duration = HostLimits.storeGrace

  package init() {}
}
