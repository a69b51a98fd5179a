// SPDX-License-Identifier: Apache-2.0

/// How often something took how long, in fixed buckets.
package struct Histogram: Hashable, Sendable {
  /// Upper bounds in seconds: from half a millisecond to ten seconds.
  package static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  /// One a bound, and one beyond them.
  private(set) var counts = Array(repeating: UInt64(0), count: Histogram.bounds.count + 1)
  private(set) var sum = 0.0

  package init() {}

  var total: UInt64 { counts.reduce(0, +) }

  package mutating func observe(_ duration: Duration) {
    let seconds = Self.seconds(duration)
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
  }

  static func seconds(_ duration: Duration) -> Double {
    let (whole, attoseconds) = duration.components
    return Double(whole) + Double(attoseconds) / 1e18
  }

  /// Each bound with how many were not above it.
  var cumulative: [(bound: Double, count: UInt64)] {
    var count: UInt64 = 0
    return zip(Self.bounds, counts).map { bound, here in
      count += here
      return (bound, count)
    }
  }
}
