// SPDX-License-Identifier: Apache-2.0

/// Which runs are listed; what is nil asks for any.
package struct RunQuery: Hashable, Sendable {
  package var state: RunState?
  /// `manual`, `schedule`, or the schedule as `location/name`.
  package var cause: String?
  package var checksOnly: Bool?
  /// Those that have a step of this location, for this asset, for this partition.
  package var location: String?
  package var asset: String?
  package var partition: String?
  /// Those that were launched at this instant or later, and before that one.
  package var since: Instant?
  package var until: Instant?

  package init(
    state: RunState? = nil, cause: String? = nil, checksOnly: Bool? = nil, location: String? = nil, asset: String? = nil,
    partition: String? = nil, since: Instant? = nil, until: Instant? = nil
  ) {
    self.state = state
    self.cause = cause
    self.checksOnly = checksOnly
    self.location = location
    self.asset = asset
    self.partition = partition
    self.since = since
    self.until = until
  }

  /// As parameters of a request.
  var parameters: [(String, String?)] {
    [
      ("state", state?.rawValue), ("cause", cause), ("checks_only", checksOnly.map { "\($0)" }), ("location", location),
      ("asset", asset), ("partition", partition), ("since", since?.description), ("until", until?.description),
    ]
  }
}

/// Runs, newest first.
package struct RunList: Hashable, Sendable, Codable {
  package let items: [RunSummary]
  /// Older ones were not looked at: they come with this as `before`.
  package let next: UInt64?

  package init(_ items: [RunSummary], next: UInt64? = nil) {
    self.items = items
    self.next = next
  }
}
