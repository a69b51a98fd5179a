// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A process, or a server of several, that is killed as the operating system would: without a word.
enum Victim: String, Sendable, CaseIterable {
  case daemon, alpha, beta, postgres, second

  static let daemons: [Victim] = [.daemon, .second]
  static let locations: [Victim] = [.alpha, .beta]

  /// What is added to the campaign's port for its own.
  var offset: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Where the daemon keeps its journal.
enum Store: String, Sendable, CaseIterable, ExpressibleByArgument {
  case sqlite, postgres

  /// Who can be killed, in the order in which they are started first.
  func victims(daemons: Int) -> [Victim] {
    (self == .postgres ? [.postgres] : []) + Victim.daemons.prefix(daemons) + Victim.locations
  }
}
