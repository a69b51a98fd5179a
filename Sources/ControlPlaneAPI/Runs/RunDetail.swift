// SPDX-License-Identifier: Apache-2.0

/// A run with what stands in its way.
package struct RunDetail: Hashable, Sendable, Codable {
  package let run: RunSummary
  /// Each asset of the run, with its steps counted; in the order of the graph.
  package let assets: [AssetProgress]
  /// Steps that failed or are blocked, the first ``APILimits/reasonsPerGate``.
  package let troubled: [StepSummary]

  package init(run: RunSummary, assets: [AssetProgress], troubled: [StepSummary]) {
    self.run = run
    self.assets = assets
    self.troubled = troubled
  }

  /// What a run does for one asset.
  package struct AssetProgress: Hashable, Sendable, Codable {
    package let asset: String
    package let location: String
    package let steps: StepCounts

    package init(asset: String, location: String, steps: StepCounts) {
      self.asset = asset
      self.location = location
      self.steps = steps
    }
  }
}

/// One step of a run.
package struct StepSummary: Hashable, Sendable, Codable {
  /// Its place in the run's plan: 0, 1, 2, …
  package let ordinal: Int
  package let step: String
  package let location: String
  package let assets: [String]
  package let partition: String
  package let state: StepState
  /// Attempts made so far.
  package let attempts: Int
  package let startedAt: Instant?
  package let endedAt: Instant?
  /// What went wrong in the last attempt, where something did.
  package let message: String?
  /// Attempts that ended without completing the step, in their order; of very many the last ones.
  package let failedAttempts: [AttemptSummary]
  /// Why it is blocked or waits.
  package let reasons: [GateReason]

  package init(
    ordinal: Int, step: String, location: String, assets: [String], partition: String, state: StepState, attempts: Int = 0,
    startedAt: Instant? = nil, endedAt: Instant? = nil, message: String? = nil, failedAttempts: [AttemptSummary] = [],
    reasons: [GateReason] = []
  ) {
    self.ordinal = ordinal
    self.step = step
    self.location = location
    self.assets = assets
    self.partition = partition
    self.state = state
    self.attempts = attempts
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.message = message
    self.failedAttempts = failedAttempts
    self.reasons = reasons
  }
}
