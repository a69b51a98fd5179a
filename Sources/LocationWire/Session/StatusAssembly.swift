// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Puts together the status with which a location begins a session, part by part and within bounds: it may not grow for ever.
struct StatusAssembly: Sendable {
  private var attempts: [(id: AttemptID, reports: [StepReport])] = []
  private var unsettled: [VersionID] = []
  private var weight = 0

  /// Takes the next part. Of more unsettled versions than ``WireLimits/unsettledPerStatus`` the first are looked at; the others are
  /// listed again when the next session begins, if they are still there.
  ///
  /// - Throws: ``WireError`` where the whole is over a limit.
  mutating func append(_ part: LocationEvent.Status) throws(WireError) {
    weight += LocationEvent.status(part).weight + Self.partBytes
    try checkLimit("status", weight, WireLimits.statusBytes, named: "statusBytes")
    for next in part.attempts {
      if let last = attempts.indices.last, attempts[last].id == next.attempt {
        attempts[last].reports += next.reports
      } else {
        attempts.append((next.attempt, next.reports))
      }
    }
    try checkLimit("status.attempts", attempts.count, WireLimits.attemptsPerStatus, named: "attemptsPerStatus")
    unsettled += part.unsettled.prefix(WireLimits.unsettledPerStatus - unsettled.count)
  }

  /// The whole, of the host that has opened the session.
  func status(of opened: SessionOpened) -> HostStatus {
    HostStatus(
      instance: opened.instance, manifest: opened.manifest, slots: opened.slots,
      attempts: attempts.map { KnownAttempt(attempt: $0.id, reports: $0.reports) }, unsettled: unsettled,
      isDraining: opened.isDraining, previousEnd: opened.previousEnd)
  }

  /// What even an empty part counts.
  private static let partBytes = 64
}
