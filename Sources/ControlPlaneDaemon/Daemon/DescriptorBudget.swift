// SPDX-License-Identifier: Apache-2.0

import LocationWire

/// How many files the process may have open at once, connections included, and what part of them the API's connections may take.
package struct DescriptorBudget: Hashable, Sendable {
  /// The process's limit as it was started, and as it is now.
  package let before: Int
  package let now: Int

  /// Files of the store, of the log, and of what the process itself has open.
  package static let ofProcess = 96
  /// Files of one location: its connection, and the next one while the old one is being given up.
  package static let perLocation = 4
  /// Locations that files are kept for at least, since a workspace may grow.
  package static let leastLocations = 64
  /// Connections of the API that there are in any case.
  package static let leastConnections = 16

  package init(before: Int, now: Int) {
    self.before = before
    self.now = now
  }

  /// Raises the process's limit as far as it may itself.
  ///
  /// - Returns: nil where the system does not say what the limit is.
  package static func raise() -> DescriptorBudget? {
    DescriptorLimit.raise().map { DescriptorBudget(before: $0.before, now: $0.now) }
  }

  /// The limits of an API beside so many locations: fewer connections where there are not files enough for all.
  package func bound(_ limits: HTTPLimits, locations: Int) -> HTTPLimits {
    let others = Self.ofProcess + Self.perLocation * max(Self.leastLocations, locations)
    var limits = limits
    let left = max(Self.leastConnections, now - min(now, others) - limits.reserve)
    guard left < limits.connections else { return limits }
    limits.connectionsPerClient = max(1, min(limits.connectionsPerClient, left - left / 4))
    limits.connections = left
    return limits
  }
}
