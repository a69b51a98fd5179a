// SPDX-License-Identifier: Apache-2.0

/// An attempt at a step that ended without completing it.
package struct AttemptSummary: Hashable, Sendable, Codable {
  /// 1 for the first.
  package let number: Int
  /// `failed`, `lost` (with its host), `refused` (by its host), `cancelled`.
  package let state: String
  package let startedAt: Instant?
  package let endedAt: Instant
  /// What went wrong.
  package let message: String?

  package init(number: Int, state: String, startedAt: Instant? = nil, endedAt: Instant, message: String? = nil) {
    self.number = number
    self.state = state
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.message = message
  }
}
