// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A process, or a server of several, that is killed as the operating system would: without a word.
enum Victim: String, Sendable, CaseIterable {
  case daemon, alpha, beta, postgres

  static let locations: [Victim] = [.alpha, .beta]
}

/// Where the daemon keeps its journal.
enum Store: String, Sendable, CaseIterable, ExpressibleByArgument {
  case sqlite, postgres

  /// Who can be killed, in the order in which they are started first.
  var victims: [Victim] { self == .postgres ? [.postgres, .daemon, .alpha, .beta] : [.daemon, .alpha, .beta] }
}
