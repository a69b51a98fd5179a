// SPDX-License-Identifier: Apache-2.0

/// The bounds that the core decides by; every limit is here.
public struct CorePolicy: Hashable, Sendable {
  /// How long a step waits for a location that cannot take it, before it fails as unreachable.
  public var patience: Duration = .seconds(3_600)
  /// How often a step is tried again after its attempt was lost with its host; not charged to the team's policy.
  public var lossesAllowed = 3
  /// How often hosts may refuse a step's attempts before it fails.
  public var refusalsAllowed = 100
  /// The delay before a step is offered again after a refusal; it doubles up to `refusalDelayLimit`.
  public var refusalDelay: Duration = .milliseconds(100)
  public var refusalDelayLimit: Duration = .seconds(30)
  /// How long after its deadline an attempt is fenced, so that the host's own word can arrive first.
  public var fenceLeeway: Duration = .seconds(2)
  /// How long attempts of a location that left the workspace may go on.
  public var removalGrace: Duration = .seconds(60)
  /// How long after an IO manager failed to settle a version its location is told again.
  public var settlementDelay: Duration = .seconds(10)
  /// How many steps one run may have.
  public var stepsPerRun = 1_000_000

  public init() {}
}
