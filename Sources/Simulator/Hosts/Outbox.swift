// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What a host says on its session.
enum FromHost {
  /// The first word of a session without a past.
  case opened(HostStatus)
  case report(StepReport)
  case settled(VersionID)
  case settlementFailed(VersionID)
  case slots(Int)
  case draining
}

/// What a host has said and the daemon has not acknowledged, numbered within its session.
struct Outbox {
  /// The number of the first message kept.
  private(set) var first = 1
  private(set) var kept: [FromHost] = []
  /// Reports that went into an opening which is not acknowledged yet.
  private var carried: [StepReport] = []

  /// Adds a message and returns its number.
  mutating func append(_ message: FromHost) -> Int {
    kept.append(message)
    return first + kept.count - 1
  }

  /// Everything up to `number` is durable.
  mutating func acknowledge(_ number: Int) {
    guard number >= first else { return }
    carried = []
    kept.removeFirst(min(kept.count, number - first + 1))
    first = number + 1
  }

  /// Begins a session without a past, and returns every report that is not known to be durable.
  mutating func reopen() -> [StepReport] {
    for case .report(let report) in kept { carried.append(report) }
    kept = []
    first = 1
    return carried
  }

  func after(_ number: Int) -> [(number: Int, message: FromHost)] {
    kept.enumerated().map { (first + $0.offset, $0.element) }.filter { $0.0 > number }
  }
}
