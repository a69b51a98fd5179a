// SPDX-License-Identifier: Apache-2.0

/// What a simulation can do to the system; each kind can be left out.
package enum FaultKind: String, CaseIterable, Hashable, Sendable, Comparable {
  /// A host dies, forgets its attempts, and starts again with its disk.
  case hostCrash
  /// A host drains before it restarts.
  case hostDrain
  /// A host restarts with another manifest, or one that cannot be read.
  case redeploy
  /// A host offers another number of slots.
  case capacityChange
  /// A session breaks; it resumes or reconciles.
  case sessionBreak
  /// A location cannot be reached for a while.
  case partition
  /// Messages come again, much later, in whatever session.
  case strayMessage
  /// A host has heard of a later daemon and refuses this one.
  case foreignEpoch
  /// A location describes itself by what it was before.
  case staleDescription
  /// The daemon dies and starts again.
  case daemonCrash
  /// It dies after an append, before some of its effects.
  case daemonCrashBeforeEffects
  /// An append takes long.
  case slowAppend
  /// An append fails, and nobody knows whether it was applied.
  case ambiguousAppend
  /// The daemon's clock jumps, forward or back.
  case clockJump
  /// The workspace loses a location, and gets it back.
  case workspaceReload
  /// Closures throw, hang, ignore cancellation, or stage the wrong thing.
  case stepMisbehaviour
  /// Checks fail, err, time out, or are unknown to the host.
  case checkMisbehaviour
  /// A host contradicts itself about a check, and tells of attempts and versions that aren't its own.
  case lyingHost
  /// An IO manager fails to settle a version.
  case storageRefusal

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
