// SPDX-License-Identifier: Apache-2.0

package import Logging
import Synchronization

/// Says what is refused once a minute for each reason, with how often it was: whoever is refused may come again at once, and for ever.
package final class RefusalLog: Sendable {
  private let logger: Logger
  private let now: @Sendable () -> ContinuousClock.Instant
  private let tallies = Mutex<[Kind: Tally]>([:])

  private struct Kind: Hashable {
    let what: String
    let method: String?
    let reason: String
  }

  private struct Tally {
    var count = 0
    var saidAt: ContinuousClock.Instant?
  }

  package init(_ logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
    self.logger = logger
    self.now = now
  }

  package func note(_ what: String, _ reason: String, method: String? = nil, level: Logger.Level = .warning) {
    guard let count = count(Kind(what: what, method: method, reason: reason)) else { return }
    var metadata: Logger.Metadata = ["reason": "\(reason)", "times": "\(count)"]
    if let method { metadata["method"] = "\(method)" }
    logger.log(level: level, "\(what)", metadata: metadata)
  }

  /// How often it was since it was last said; nil where that was a moment ago.
  private func count(_ kind: Kind) -> Int? {
    let now = now()
    return tallies.withLock { tallies in
      let isKnown = tallies[kind] != nil || tallies.count < WireLimits.refusalReasons
      let kind = isKnown ? kind : Kind(what: "", method: nil, reason: "")
      var tally = tallies[kind] ?? Tally()
      tally.count += 1
      let isDue = tally.saidAt.map { now - $0 >= WireLimits.refusalInterval } ?? true
      tallies[kind] = isDue ? Tally(saidAt: now) : tally
      return isDue ? tally.count : nil
    }
  }
}
