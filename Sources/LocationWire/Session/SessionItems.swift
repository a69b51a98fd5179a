// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// What a daemon tells a location, numbered.
package enum Command: Hashable, Sendable {
  case grant(Grant)
  case cancel(AttemptID)
  case settle(Settlement)
}

/// What a location tells its daemon, numbered.
package enum LocationEvent: Hashable, Sendable {
  case report(StepReport)
  case settled(Settled)
  /// It takes no more grants.
  case draining
  case status(Status)

  /// The outcome of one settlement.
  package struct Settled: Hashable, Sendable {
    package let version: VersionID
    package let decision: Settlement.Decision
    /// Why the storage refused; nil on success.
    package let error: String?

    package init(version: VersionID, decision: Settlement.Decision, error: String?) {
      self.version = version
      self.decision = decision
      self.error = error
    }
  }

  /// One part of what a location has when a session opens without a past.
  package struct Status: Hashable, Sendable {
    package var attempts: [KnownAttempt]
    package var unsettled: [VersionID]
    package var isLast: Bool

    package init(attempts: [KnownAttempt] = [], unsettled: [VersionID] = [], isLast: Bool) {
      self.attempts = attempts
      self.unsettled = unsettled
      self.isLast = isLast
    }
  }
}

/// An item as it was received: understood, or left alone and said.
package enum Received<Item: Hashable & Sendable>: Hashable, Sendable {
  case item(Item)
  /// It is of a newer version than this end; it is acknowledged and left alone.
  case unknown
  /// It is malformed: the field and what is wrong; the attempt that it is about, where that much is known.
  case malformed(WireError, AttemptID?)
}

/// How a daemon opens a stream.
package struct SessionOpen: Hashable, Sendable {
  package let incarnation: Incarnation
  package let epoch: Epoch
  package let resume: Resume?

  /// The session that the daemon would continue, and the highest number that it has received in it.
  package struct Resume: Hashable, Sendable {
    package let instance: String
    package let session: UInt64
    package let received: UInt64

    package init(instance: String, session: UInt64, received: UInt64) {
      self.instance = instance
      self.session = session
      self.received = received
    }
  }

  package init(incarnation: Incarnation, epoch: Epoch, resume: Resume?) {
    self.incarnation = incarnation
    self.epoch = epoch
    self.resume = resume
  }
}

/// How a location answers.
package struct SessionOpened: Hashable, Sendable {
  package let instance: String
  package let session: UInt64
  package let isResumed: Bool
  package let manifest: ManifestDigest
  package let slots: Int
  package let isDraining: Bool
  /// How the process before this one ended; nil where nobody told it.
  package let previousEnd: String?

  package init(
    instance: String, session: UInt64, isResumed: Bool, manifest: ManifestDigest, slots: Int, isDraining: Bool,
    previousEnd: String? = nil
  ) {
    self.instance = instance
    self.session = session
    self.isResumed = isResumed
    self.manifest = manifest
    self.slots = slots
    self.isDraining = isDraining
    self.previousEnd = previousEnd
  }
}

/// What a location says again and again, unnumbered.
package struct Heartbeat: Hashable, Sendable {
  package let slots: Int
  package let inFlight: Int
  package let isDraining: Bool
  package let manifest: ManifestDigest
  package let interval: Duration

  package init(slots: Int, inFlight: Int, isDraining: Bool, manifest: ManifestDigest, interval: Duration) {
    self.slots = slots
    self.inFlight = inFlight
    self.isDraining = isDraining
    self.manifest = manifest
    self.interval = interval
  }
}
