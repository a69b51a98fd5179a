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
  /// How many versions a location is told at once to settle; the next as they are settled, or after ``settlementDelay``.
  public var settlementsAtOnce = 1_000
  /// How many versions a location may have that it has not settled; with more no further attempt is granted to it.
  public var unsettledPerLocation = 10_000
  /// How many steps one run may have.
  public var stepsPerRun = 1_000_000
  /// How many steps a run may have that a schedule launches.
  public var stepsPerScheduledRun = 50_000
  /// How many dependencies of ancestors a schedule's run may follow, of steps of other locations, too; four static keys count as one.
  public var demandPerScheduledRun = 50_000
  /// How many outputs the steps of one run may have together, and those of one that a schedule launches: a run is held in memory and
  /// journaled with all of them.
  public var outputsPerRun = 2_000_000
  public var outputsPerScheduledRun = 50_000
  /// How many unfinished runs of one schedule there may be; a tick beyond them launches nothing, and says so.
  public var runsPerSchedule = 10
  /// How many unfinished runs of all schedules of a location there may be.
  public var scheduledRunsPerLocation = 2_000
  /// How many steps of a location may be unfinished, over all runs.
  public var stepsInProgressPerLocation = 2_000_000
  /// How many outputs the steps of a location's unfinished runs may have together, those that have ended among them.
  public var outputsInProgressPerLocation = 2_000_000
  /// How many partitions of a location's assets may ever be touched: each is remembered for ever. What its unfinished steps may touch
  /// counts as well.
  public var partitionsPerLocation = 10_000_000
  /// How many assets, and schedules, a location may have declared in all, those that are gone among them.
  public var assetsPerLocation = 500_000
  public var schedulesPerLocation = 10_000
  /// How many partitions of one upstream a step may read by mapping *all*.
  public var partitionsPerDependency = 100_000

  /// About how many bytes the versions that one grant reads may take, at the least that their locators may: as much of it is journaled and
  /// stored with every attempt, and sent.
  public var inputBytesPerGrant = 12 << 20

  /// How much load the attempts in flight at a location may be together; beyond it no further one is granted before one ends, since all
  /// of them may end at once, with their session. An output is ``GrantRecord/loadPerOutput``, a check of it 1, and so are
  /// ``GrantRecord/inputsPerLoad`` versions that it reads. What is more by itself is granted alone.
  public var loadInFlightPerLocation = 20_000

  /// How much is looked at in one decision, in units of about a microsecond; what is left is looked at in the next.
  public var workPerDecision = 1_000
  /// How many decisions that do all they may are made without a pause, whatever waits to be decided.
  public var decisionsPerRound = 4
  /// How many such units a location may cause each second on average, and at once; beyond them its steps wait.
  public var workPerSecond = 300_000
  public var workBurst = 600_000
  /// How many reports of attempts that are over are recorded, by location and hour; more are counted.
  public var lateReportsPerHour = 1_000

  /// Bytes of log lines that are kept of one attempt as they come.
  public var logBytesPerStep = 1 << 20
  /// Bytes of the last lines of an attempt that are kept where there are more.
  public var logTailBytes = 64 << 10
  /// Bytes of such last lines that one location's attempts hold in memory together.
  public var logTailBytesPerLocation = 16 << 20
  /// Bytes of log lines that are kept of one run's steps at one location.
  public var logBytesPerRun = 64 << 20
  /// Bytes of log lines that are kept of one location in one day of UTC.
  public var logBytesPerDay = 1 << 30

  /// Bytes of metadata, and of messages of checks and failures, that are journaled of one attempt.
  public var detailBytesPerStep = 16 << 20
  /// Bytes of the same that are journaled of one location in one day of UTC.
  public var detailBytesPerDay = 1 << 30
  /// Bytes of a message that are kept beyond these.
  public var detailBytesBeyond = 256

  /// Bytes of a schedule's selection that each of its runs repeats.
  public var scheduledSelectionBytes = 1 << 10
  /// Bytes of the reason why a tick launches nothing.
  public var tickProblemBytes = 256
  /// Bytes of ticks, and of the plans of their runs, that are journaled of one location in one day of UTC; the stores keep them twice,
  /// which is counted.
  public var scheduledBytesPerDay = 256 << 20

  public init() {}
}
