// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// An attempt that ended without completing its step, as the projections know it; the one that did, or is in flight, is the step's own.
public struct AttemptRecord: Hashable, Sendable {
  /// How it ended.
  public enum End: String, Hashable, Sendable, CaseIterable {
    case failed
    case cancelled
    /// It disappeared with its host.
    case lost
    /// The host did not take it.
    case refused
  }

  public var step: StepID
  /// 1 for the first.
  public var number: Int
  public var grantedAt: Timestamp?
  public var startedAt: Timestamp?
  public var endedAt: Timestamp
  public var end: End
  /// What went wrong; nil for one that was cancelled.
  public var failure: StepFailure?

  public init(
    step: StepID, number: Int, grantedAt: Timestamp? = nil, startedAt: Timestamp? = nil, endedAt: Timestamp, end: End,
    failure: StepFailure? = nil
  ) {
    self.step = step
    self.number = number
    self.grantedAt = grantedAt
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.end = end
    self.failure = failure
  }
}

extension AttemptRecord {
  /// What stands in place of what goes beyond ``HistoryLimits/detailBytes``.
  package static let failureLeftOut = StepFailure(
    kind: .threw, message: "what this attempt says is left out: the attempts say too much together")

  package var withoutDetail: AttemptRecord {
    var record = self
    if failure != nil { record.failure = Self.failureLeftOut }
    return record
  }
}

extension AttemptEnd {
  /// How an attempt ended that did not complete its step, and what went wrong; nil for one that did.
  package var trouble: (end: AttemptRecord.End, failure: StepFailure?)? {
    switch self {
    case .completed: nil
    case .failed(let failure): (.failed, failure)
    case .cancelled: (.cancelled, nil)
    case .lost(let reason): (.lost, StepFailure(kind: .lost, message: reason))
    case .refused(let refusal): (.refused, StepFailure(kind: .unreachable, message: "its host did not take it: \(refusal.words)"))
    }
  }
}

extension StepEnd.Refusal {
  fileprivate var words: String {
    switch self {
    case .staleManifest: "it defines another manifest than the step was granted under"
    case .staleEpoch: "a newer control plane holds it"
    case .draining: "it was going down"
    case .overloaded: "it had no free slot"
    }
  }
}
