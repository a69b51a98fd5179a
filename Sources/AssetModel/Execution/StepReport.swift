// SPDX-License-Identifier: Apache-2.0

/// What a host says about an attempt; in order within an attempt.
///
/// `started`, then any number of logs; for a materialization `staged` (every output at once), then `checked` once an output;
/// last, exactly one `finished`.
public enum StepReport: Hashable, Sendable, Codable {
  case started(AttemptID)
  /// Lines for people; the first thing to be dropped under pressure, and the count says so.
  case logged(AttemptID, lines: [LogLine], dropped: Int)
  /// Every output is durable in its staging place.
  case staged(AttemptID, [StagedOutput])
  /// Every granted check of one asset has been evaluated, as far as the host knows it.
  case checked(AttemptID, asset: AssetKey, [CheckEvaluation])
  case finished(AttemptID, StepEnd)

  public var attempt: AttemptID {
    switch self {
    case .started(let attempt), .logged(let attempt, _, _), .staged(let attempt, _), .checked(let attempt, _, _),
      .finished(let attempt, _):
      attempt
    }
  }
}

/// A line that a team's code logged.
public struct LogLine: Hashable, Sendable, Codable {
  /// How much a line matters.
  public enum Level: String, Hashable, Sendable, Codable, CaseIterable {
    case debug, info, warning, error
  }

  public let at: Timestamp
  public let level: Level
  public let message: String

  public init(at: Timestamp, level: Level, message: String) {
    self.at = at
    self.level = level
    self.message = message
  }
}

/// An output that is durable in its staging place, before its checks.
public struct StagedOutput: Hashable, Sendable, Codable {
  public let asset: AssetKey
  public let locator: Locator
  public let metadata: Metadata

  public init(asset: AssetKey, locator: Locator, metadata: Metadata = [:]) {
    self.asset = asset
    self.locator = locator
    self.metadata = metadata
  }
}

/// How an attempt ended on its host.
public enum StepEnd: Hashable, Sendable, Codable {
  /// The closure returned, every output was staged and every known check evaluated.
  case completed
  /// The closure threw, an input could not be read or an output not be stored.
  case failed(StepFailure)
  /// The closure ended after a cancellation.
  case cancelled
  /// The host did not begin: it cannot run this grant now (semantics 19).
  case refused(Refusal)

  /// Why a host did not begin an attempt.
  public enum Refusal: String, Hashable, Sendable, Codable {
    /// The host defines another manifest than the grant's.
    case staleManifest
    /// The host has seen a higher epoch.
    case staleEpoch
    /// The host is going down.
    case draining
    /// No slot was free.
    case overloaded
  }
}

/// What went wrong in an attempt.
public struct StepFailure: Hashable, Sendable, Codable {
  /// Where in the attempt it went wrong.
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The team's closure threw.
    case threw
    /// The attempt passed its deadline.
    case timedOut
    /// An input could not be loaded or decoded.
    case input
    /// An output could not be staged.
    case output
    /// The host does not define the step, or the asset is gone.
    case undefined
    /// The attempt was lost with its host.
    case lost
    /// The location could not be reached in time.
    case unreachable
  }

  public let kind: Kind
  public let message: String
  /// Whether the team's retry policy applies.
  public let isRetryable: Bool

  public init(kind: Kind, message: String, isRetryable: Bool = true) {
    self.kind = kind
    self.message = message
    self.isRetryable = isRetryable
  }

  /// An attempt that did not end in time.
  ///
  /// - Parameter timeout: what its step declares, where that is known.
  package static func pastDeadline(_ deadline: Timestamp, timeout: Duration?) -> StepFailure {
    let mend = timeout.map { ": its step's timeout is \($0.words), and '.timeout(…)' on the asset allows it more" } ?? ""
    return StepFailure(kind: .timedOut, message: "the attempt passed its deadline, \(deadline)\(mend)")
  }
}
