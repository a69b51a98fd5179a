// SPDX-License-Identifier: Apache-2.0

/// What to run.
package struct LaunchRequest: Hashable, Sendable, Codable {
  /// A selection: `weather/hourly+`, `group:reports`, `*`, joined by commas.
  package let selection: String
  /// Partitions as people type them: `a..b`, `a,b`, `latest`, `all`; absent where nothing selected is partitioned.
  package let partitions: String?
  /// Whether to evaluate the declared checks on the newest versions, without computing anything.
  package let checksOnly: Bool
  /// A repeat with the same key returns the same run.
  package let clientKey: String?

  package init(selection: String, partitions: String? = nil, checksOnly: Bool = false, clientKey: String? = nil) {
    self.selection = selection
    self.partitions = partitions
    self.checksOnly = checksOnly
    self.clientKey = clientKey
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    selection = try fields.decode(String.self, forKey: .selection)
    partitions = try fields.decodeIfPresent(String.self, forKey: .partitions)
    checksOnly = try fields.decodeIfPresent(Bool.self, forKey: .checksOnly) ?? false
    clientKey = try fields.decodeIfPresent(String.self, forKey: .clientKey)
  }
}

/// The run that a launch began, or the one that an earlier launch with the same key did.
package struct LaunchResult: Hashable, Sendable, Codable {
  package let run: RunSummary
  /// False where the key was known already.
  package let created: Bool
  /// Assets that the selection matched and the run leaves out, one line each with the reason.
  package let leftOut: [String]
  /// What else the run of a known key was launched for; absent where it is the same.
  package let difference: String?

  package init(run: RunSummary, created: Bool, leftOut: [String] = [], difference: String? = nil) {
    self.run = run
    self.created = created
    self.leftOut = leftOut
    self.difference = difference
  }
}
