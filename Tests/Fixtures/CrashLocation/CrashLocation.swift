// SPDX-License-Identifier: Apache-2.0

import AssetKit
import CodeLocationHost
import Foundation

/// A location that is made to be killed: slow steps, steps that are retried, checks that fail, several outputs, and readers of
/// another instance's assets. `CRASH_NAME` is `alpha` or `beta`; each reads the other.
///
/// Whether a check fails and how long a step takes are decided by the attempt's numbers alone, so that a model can say it, too.
@main
struct CrashLocation: CodeLocation {
  static let name = ProcessInfo.processInfo.environment["CRASH_NAME"] ?? "alpha"
  static let other = name == "alpha" ? "beta" : "alpha"
  static let parts = Partitions.keys("p0", "p1", "p2", "p3")

  /// Slow, and good whatever happens.
  static let source = Asset("\(name)/source", partitions: parts) { step in try await stamp("source", step) }
    .check("is its own", body: isOwn)
    .shared(with: other)

  /// Every third attempt makes a version that its check condemns.
  static let gated = Asset("\(name)/gated", partitions: parts, from: source) { source, step in
    try await stamp("gated", step, [source])
  }
  .check("is its own", body: isOwn)
  .check("is good", body: isGood)
  .shared(with: other)

  /// Throws in its first attempt, always.
  static let flaky = Asset("\(name)/flaky", partitions: parts, from: source) { source, step in
    guard step.attempt.number > 1 else { throw Failure("the first attempt fails on purpose") }
    return try await stamp("flaky", step, [source])
  }
  .check("is its own", body: isOwn)
  .retry(RetryPolicy(maxAttempts: 3, delay: .milliseconds(100)))

  /// Two outputs of one step: the left one is good, the right one only two times of three.
  static let left = Output<Stamp>("\(name)/left").check("is its own", body: isOwn)
  static let right = Output<Stamp>("\(name)/right").check("is its own", body: isOwn).check("is good", body: isGood)
  static let pair = Assets("\(name)/pair", partitions: parts, yielding: left, right, from: source) { source, step in
    (try await stamp("left", step, [source]), try await stamp("right", step, [source], pause: false))
  }

  /// Reads the other location's gated asset, behind its gate.
  static let foreign = Upstream<Stamp>("\(other)/gated", partitions: parts)
  static let joined = Asset("\(name)/joined", from: source, foreign) { own, foreign, step in
    try await stamp("joined", step, [own, foreign])
  }
  .check("is its own", body: isOwn)

  /// Reads the other location's gated asset as it was last promoted.
  static let steady = Asset("\(name)/steady", from: foreign.lastKnownGood) { good, step in
    try await stamp("steady", step, [good])
  }
  .check("is its own", body: isOwn)

  /// Every partition of an asset, in one version.
  static let report = Asset("\(name)/report", from: source.all) { sources, step in
    var read: [Stamp] = []
    for try await (_, source) in sources { read.append(source) }
    return try await stamp("report", step, read)
  }
  .check("is its own", body: isOwn)

  /// Never makes anything.
  static let doomed = Asset("\(name)/doomed") { _ -> Stamp in throw NotRetryable("it fails on purpose") }

  var definitions: Definitions {
    Self.source
    Self.gated
    Self.flaky
    Self.pair
    Self.joined
    Self.steady
    Self.report
    Self.doomed
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }
}
