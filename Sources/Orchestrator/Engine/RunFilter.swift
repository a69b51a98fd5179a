// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Which runs a question is about; what is nil asks for any.
public struct RunFilter: Hashable, Sendable {
  /// Where a run stands.
  public enum Status: Hashable, Sendable {
    case unfinished
    case ended(RunOutcome)
  }

  /// Who launched a run.
  public enum Cause: Hashable, Sendable {
    case manual
    case anySchedule
    case schedule(ScheduleID)
  }

  public var status: Status?
  public var kind: RunKind?
  public var cause: Cause?
  /// The oldest that is asked about.
  public var from: RunID?
  /// Runs that have a step of this location; of runs whose steps retention has removed nobody knows, here and below.
  public var location: LocationName?
  /// Runs that have a step for this asset.
  public var asset: AssetKey?
  /// Runs that have a step for this partition; of ``asset`` where both are given.
  public var partition: PartitionKey?

  public init(
    status: Status? = nil, kind: RunKind? = nil, cause: Cause? = nil, from: RunID? = nil, location: LocationName? = nil,
    asset: AssetKey? = nil, partition: PartitionKey? = nil
  ) {
    self.status = status
    self.kind = kind
    self.cause = cause
    self.from = from
    self.location = location
    self.asset = asset
    self.partition = partition
  }

  /// Whether it takes a run's plan to tell.
  package var isAboutSteps: Bool { location != nil || asset != nil || partition != nil }

  /// As far as the run itself tells.
  package func admits(_ run: RunRecord) -> Bool {
    if let from, run.id < from { return false }
    if let kind, run.kind != kind { return false }
    switch status {
    case nil: break
    case .unfinished: if run.outcome != nil { return false }
    case .ended(let outcome): if run.outcome != outcome { return false }
    }
    switch (cause, run.origin) {
    case (nil, _), (.manual, .manual), (.anySchedule, .schedule): return true
    case (.schedule(let wanted), .schedule(let id, _)): return id == wanted
    case (.manual, .schedule), (.anySchedule, .manual), (.schedule, .manual): return false
    }
  }

  /// As far as its steps tell.
  package func admits(_ plan: PlannedSteps) -> Bool {
    plan.nodes.contains { node in
      (location == nil || node.location == location) && (asset.map { node.outputs.contains($0) } ?? true)
        && (partition.map { key in node.space.index(of: key).map { node.partitions.contains($0) } ?? false } ?? true)
    }
  }
}

/// Runs that fit a ``RunFilter``, newest first.
public struct RunPage: Hashable, Sendable {
  public var runs: [RunRecord]
  /// Older runs were not looked at: the question goes on before this one.
  public var next: RunID?

  public init(runs: [RunRecord] = [], next: RunID? = nil) {
    self.runs = runs
    self.next = next
  }
}

/// Gathers a page of runs: of each that is looked at, newest first, it is told.
package struct RunPageBuilder {
  private let filter: RunFilter
  private let limit: Int
  private var bytes = 0
  package private(set) var page = RunPage()

  package init(_ filter: RunFilter, limit: Int) {
    self.filter = filter
    self.limit = max(0, limit)
  }

  /// Takes a run that fits but for its steps.
  ///
  /// - Parameters:
  ///   - size: Bytes that its plan took to read.
  ///   - plan: The plan; nil for a run that has none any more.
  /// - Returns: Whether to go on.
  package mutating func take(_ run: RunRecord, size: Int, plan: () throws -> PlannedSteps?) rethrows -> Bool {
    if filter.isAboutSteps {
      bytes = bytes.addingReportingOverflow(size).overflow ? .max : bytes + size
      if let plan = try plan(), filter.admits(plan) { page.runs.append(run) }
    } else {
      page.runs.append(run)
    }
    guard page.runs.count < limit, bytes < HistoryLimits.planBytes else {
      page.next = run.id
      return false
    }
    return true
  }

  /// All from an id on were looked at.
  package mutating func end(at oldest: RunID) {
    if page.next == nil { page.next = oldest }
  }
}

extension History {
  /// The first run that was launched at an instant or later, as its number would be: runs are numbered in the order of their launches.
  ///
  /// It looks at about as many runs as the number of runs has binary digits.
  public func firstRun(since instant: Timestamp) async throws -> RunID {
    var (low, high) = (UInt64(0), try await runs(before: nil, limit: 1).first.map { $0.id.number &+ 1 } ?? 0)
    while low < high {
      let middle = low + (high - low) / 2
      let run = try await runs(before: RunID(middle &+ 1), limit: 1).first
      if let run, run.launchedAt >= instant { high = run.id.number } else { low = middle + 1 }
    }
    return RunID(low)
  }
}
