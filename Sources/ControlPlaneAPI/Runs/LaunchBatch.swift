// SPDX-License-Identifier: Apache-2.0

/// Many launches in one request.
package struct LaunchBatch: Hashable, Sendable, Codable {
  package let launches: [LaunchRequest]
  package init(_ launches: [LaunchRequest]) { self.launches = launches }
}

/// What became of one launch of many: a run, or why it was refused.
package struct LaunchAnswer: Hashable, Sendable, Codable {
  package let run: UInt64?
  /// False where the key was known already; absent where the launch was refused.
  package let created: Bool?
  /// What became of the run, where the request waited and all of its runs have ended in time.
  package let state: RunState?
  /// What else the run of a known key was launched for; absent where it is the same.
  package let difference: String?
  package let error: APIError?

  package init(run: UInt64, created: Bool, state: RunState? = nil, difference: String? = nil) {
    self.difference = difference
    self.run = run
    self.created = created
    self.state = state
    error = nil
  }

  package init(error: APIError) {
    run = nil
    created = nil
    difference = nil
    state = nil
    self.error = error
  }
}
