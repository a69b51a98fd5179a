// SPDX-License-Identifier: Apache-2.0

/// Whether another program may be copying a store's files just now, by what was seen of their opening and closing.
///
/// A copy is under way from the first opening of either file until both have been opened and closed, and a little longer; and no longer
/// than `patience` after the last that was seen, as where only one file is read.
package struct CopySighting {
  package enum File: Hashable, CaseIterable { case journal, log }

  private let limits: LogLimits
  private var openings: [File: Int] = [:]
  private var seen: Set<File> = []
  /// How many openings were seen, and how many of them were the store's own.
  private var (all, own) = (0, 0)
  private var last: ContinuousClock.Instant?

  package init(limits: LogLimits) { self.limits = limits }

  package mutating func opened(_ file: File, at now: ContinuousClock.Instant) {
    openings[file, default: 0] += 1
    seen.insert(file)
    all += 1
    last = now
  }

  /// Takes one opening back: it was the store's own, and its closing will not be waited for.
  package mutating func excuse(_ file: File) {
    guard let count = openings[file], count > 0 else { return }
    openings[file] = count - 1
    own += 1
    if own == all { self = CopySighting(limits: limits) }
  }

  package mutating func closed(_ file: File, at now: ContinuousClock.Instant) {
    // One that was opened before anybody looked says nothing.
    guard let count = openings[file], count > 0 else { return }
    openings[file] = count - 1
    last = now
  }

  package mutating func isUnderWay(at now: ContinuousClock.Instant) -> Bool {
    guard let last else { return false }
    let isDone = seen.count == File.allCases.count && openings.values.allSatisfy { $0 == 0 }
    if now - last < (isDone ? limits.settling : limits.patience) { return true }
    self = CopySighting(limits: limits)
    return false
  }
}
