// SPDX-License-Identifier: Apache-2.0

/// A process that is killed, as the operating system would: without a word. A store's server would be one more.
enum Victim: String, Sendable, CaseIterable {
  case daemon, alpha, beta

  static let locations: [Victim] = [.alpha, .beta]
}
