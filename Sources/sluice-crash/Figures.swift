// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a campaign came to.
struct Figures {
  var kills: [Victim: Int] = [:]
  var moments: [String: Int] = [:]
  var together = 0
  /// How often a daemon was stopped where it was, and how often for longer than its lease.
  var freezes = 0
  var longFreezes = 0
  var whileStarting = 0
  var audits = 0

  var total: Int { kills.values.reduce(0, +) }

  func text(ledger: Ledger, history: History, starts: [Victim: Int], took: Duration) -> String {
    let victims = starts.keys.sorted { $0.rawValue < $1.rawValue }
    let ends = history.versions.values.joined()
    let attempts = history.counts["step_granted"] ?? 0
    return """
      \(total) kills in \(Int(took.seconds)) s: \(Self.list(victims.map { ($0.rawValue, kills[$0] ?? 0) }))
        \(together) blows hit several at once, \(whileStarting) kills hit a process that was starting
        a daemon stood still \(freezes) times, \(longFreezes) times for longer than its lease
        moments: \(Self.list(moments.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        starts: \(Self.list(victims.map { ($0.rawValue, starts[$0] ?? 0) }))
        \(ledger.acknowledged.count) runs acknowledged, \(ledger.all.count { $0.cancelled != nil }) cancellations, \
      \(history.stepEnds.count) steps, \(attempts) attempts
        versions: \(ends.count { $0.end == .promoted }) promoted, \(ends.count { $0.end == .rejected }) rejected, \
      \(ends.count { $0.end == .discarded }) discarded
        compared with the model \(audits) times; \(history.position) events in the journal
      """
  }

  private static func list(_ counts: [(String, Int)]) -> String { counts.map { "\($0.1) \($0.0)" }.joined(separator: ", ") }
}
