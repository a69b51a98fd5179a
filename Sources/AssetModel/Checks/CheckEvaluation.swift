// SPDX-License-Identifier: Apache-2.0

/// How the evaluation of a check ended. Only ``passed`` is a pass.
public enum CheckOutcome: String, Hashable, Sendable, Codable {
  case passed, failed, errored, timedOut
}

/// One evaluation of one check on one version.
public struct CheckEvaluation: Hashable, Sendable, Codable {
  public let check: CheckIdentity
  public let severity: CheckSeverity
  public let outcome: CheckOutcome
  /// What the team says about it; at most ``Limits/messageLength`` bytes.
  public let message: String?
  public let metadata: Metadata

  public init(
    check: CheckIdentity, severity: CheckSeverity, outcome: CheckOutcome, message: String? = nil, metadata: Metadata = [:]
  ) {
    self.check = check
    self.severity = severity
    self.outcome = outcome
    self.message = message
    self.metadata = metadata
  }
}
