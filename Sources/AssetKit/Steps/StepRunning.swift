// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Where the reports of one attempt go.
public protocol StepReporting: Sendable {
  /// Keeps a report; the order of the calls is the order of the reports. Returns at once, since a team's code may be waiting.
  func keep(_ report: StepReport)

  /// Waits while there is no room for more than logged lines; does not wait in a task that is cancelled.
  func waitForRoom() async
}

/// Runs steps: the seam between whoever receives grants (a server, an embedding process, later a worker process) and
/// the team's code.
///
/// A grant is self-contained and serializable, so that an implementation may run it in another process.
public protocol StepRunning: Sendable {
  /// Runs one grant to its end.
  ///
  /// Reports come in the order that ``StepReport`` states, from any thread, and exactly one `finished` is the last, whatever the
  /// team's code does short of trapping. Cancelling the calling task cancels the step; it then still reports
  /// `finished(.cancelled)`. Never throws; never runs one attempt twice at once (the caller keeps attempts apart).
  func run(_ grant: Grant, reportingTo reports: any StepReporting) async

  /// Carries out what was decided about a staged version; idempotent, and safe in any order (semantics 13).
  ///
  /// - Throws: when storage refuses; the control plane repeats the settlement later.
  func settle(_ settlement: Settlement) async throws

  /// Every version that lies staged and unsettled in this location's stores.
  func unsettled() async throws -> [VersionID]
}
