// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import SwiftProtobuf

/// Reads a state.
struct SnapshotReader {
  private let stored: PBSnapshot
  private let texts: TextReader
  private let spaces: [PartitionSpace]
  private let knownSets: Set<CheckSets.ID>

  init(_ stored: PBSnapshot) throws {
    self.stored = stored
    texts = TextReader(texts: stored.texts, digests: try stored.digests.map { try $0.digest() })
    spaces = try stored.spaces.map { try $0.value() }
    let isByPlace = stored.version <= Self.lastWithWholeSets
    knownSets = isByPlace ? Set(stored.checkSets.indices.map { UInt32(clamping: $0) }) : Set(stored.checkSets.map(\.id))
  }

  func state(_ incarnation: Incarnation) throws -> State {
    var state = State(incarnation: incarnation)
    state.epoch = stored.epoch
    state.now = Timestamp(microseconds: stored.nowUs)
    state.workspace = try stored.workspace.workspace(texts)
    for location in stored.locations { state.locations[try texts.location(location.name)] = try self.location(location) }
    state.checkSets = try checkSets()
    for ledger in stored.ledgers { state.ledgers[try texts.asset(ledger.asset)] = try self.ledger(ledger) }
    for stored in stored.runs {
      let run = try run(stored, at: state.now)
      state.runs[run.id] = run
    }
    state.nextRun = stored.nextRun
    for holder in stored.holders {
      let target = AssetPartition(try texts.asset(holder.asset), try texts.partition(holder.partition))
      state.holders[target] = StepID(run: RunID(holder.run), ordinal: Int(holder.ordinal))
    }
    state.clientKeys = try clientKeys()
    for schedule in stored.schedules {
      state.schedules[try texts.schedule(schedule.location, schedule.name)] = ScheduleState(
        cursor: Timestamp(microseconds: schedule.cursorUs), isPaused: schedule.isPaused)
    }
    state.deriveRest()
    return state
  }

  private func ledger(_ stored: PBSnapshot.Ledger) throws -> PartitionLedger {
    let count = stored.status.count
    guard [stored.newest, stored.promoted, stored.allocated, stored.passed].allSatisfy({ $0.count == count }) else {
      throw CodecProblem("a ledger whose columns differ in length")
    }
    // Columns that a snapshot leaves out: indexes that count from 0, and failures that there are none of.
    guard [stored.index, stored.failed].allSatisfy({ $0.isEmpty || $0.count == count }) else {
      throw CodecProblem("a ledger whose columns differ in length")
    }
    var entries: [(index: Int, entry: PartitionEntry)] = []
    entries.reserveCapacity(count)
    for (index, status) in stored.status.enumerated() {
      var entry = PartitionEntry()
      entry.newest = stored.newest[index]
      entry.promoted = stored.promoted[index]
      entry.allocated = stored.allocated[index]
      entry.passed = try known(stored.passed[index])
      if !stored.failed.isEmpty { entry.failed = try known(stored.failed[index]) }
      guard let settled = PartitionEntry.Settled(rawValue: status >> 4),
        let latest = PartitionEntry.LatestStep(rawValue: status & 15)
      else { throw CodecProblem.unknown("status of a partition") }
      (entry.settled, entry.latestStep) = (settled, latest)
      entries.append((stored.index.isEmpty ? index : Int(stored.index[index]), entry))
    }
    return PartitionLedger(
      space: try spaces.at(stored.space), owner: try texts.location(stored.owner), entries: entries, floor: stored.floor)
  }

  private func checkSets() throws -> CheckSets {
    if stored.version <= Self.lastWithWholeSets { return try wholeSets() }
    let rosters = try stored.checkRosters.map { CheckRoster(try $0.checks.map { try $0.value(texts) }) }
    var sets = CheckSets(last: stored.lastCheckSet, generation: stored.checkSetGeneration)
    for set in stored.checkSets {
      let owner = set.hasLocation ? try texts.location(set.location) : nil
      guard let roster = Int(exactly: set.roster), rosters.indices.contains(roster),
        let draft = CheckDraft(rosters[roster], words: set.members),
        sets.restore(set.id, draft, of: owner)
      else { throw CodecProblem("a set of checks that repeats, or is none of its roster's") }
    }
    return sets
  }

  /// The last version whose sets were written check by check, by place.
  private static let lastWithWholeSets: UInt32 = 3

  private func wholeSets() throws -> CheckSets {
    // Ids are the places, which fit: a message has no more items.
    var sets = CheckSets(last: UInt32(clamping: max(1, stored.checkSets.count) - 1))
    let all = try stored.checkSets.map { set in try set.checks.map { try $0.value(texts) } }
    for (place, (roster, checks)) in zip(CheckRoster.rosters(for: all), all).enumerated() {
      if place == 0, checks.isEmpty { continue }
      guard sets.restore(UInt32(clamping: place), CheckDraft(roster, checks), of: nil) else {
        throw CodecProblem("sets of checks that repeat")
      }
    }
    return sets
  }

  /// The id of a set of checks, where there is one with it.
  private func known(_ set: CheckSets.ID) throws -> CheckSets.ID {
    guard set == 0 || knownSets.contains(set) else { throw CodecProblem("set of checks \(set), which there is not") }
    return set
  }

  private func clientKeys() throws -> ClientKeys {
    let ring = stored.clientKeys.map { (key: $0.key, run: RunID($0.run)) }
    guard let keys = ClientKeys(ring, oldest: Int(stored.oldestClientKey)) else { throw CodecProblem("client keys that repeat") }
    return keys
  }
}

// MARK: - Locations

extension SnapshotReader {
  private func location(_ stored: PBSnapshot.Location) throws -> LocationState {
    var state = LocationState()
    if stored.hasRemovedSinceUs { state.removedSince = Timestamp(microseconds: stored.removedSinceUs) }
    if stored.hasManifest { state.manifest = try texts.digest(stored.manifest) }
    if stored.hasManifestContent { state.manifestContent = try stored.manifestContent.manifest() }
    if stored.hasRefusal { state.refusal = stored.refusal }
    if stored.hasSession {
      state.session = SessionState(
        instance: stored.session.instance, manifest: try texts.digest(stored.session.manifest),
        slots: Int(stored.session.slots), isDraining: stored.session.isDraining)
    }
    if stored.hasUnavailableSinceUs { state.unavailableSince = Timestamp(microseconds: stored.unavailableSinceUs) }
    state.inFlight = Int(stored.inFlight)
    for fenced in stored.fenced {
      let step = StepID(run: RunID(fenced.run), ordinal: Int(fenced.ordinal))
      state.fenced[StepAttempt(step: step, number: Int(fenced.attempt))] = Timestamp(microseconds: fenced.untilUs)
    }
    for unsettled in stored.unsettled {
      state.unsettled[try unsettled.version.value(texts)] = try unsettled.decision.decision()
    }
    return state
  }
}

// MARK: - Runs

extension SnapshotReader {
  private func run(_ stored: PBSnapshot.Run, at: Timestamp) throws -> RunState {
    let plan = try stored.launched.plan(texts)
    var run = RunState(plan: plan, launchedAt: Timestamp(microseconds: stored.launchedAtUs))
    run.cancelRequested = stored.cancelRequested
    run.restore(try steps(stored, count: plan.stepCount))
    let ordinals = 0..<Int64(plan.stepCount)
    for attempt in stored.active where ordinals.contains(attempt.grant.ordinal) {
      // Within the ordinals.
      run.active[Int(attempt.grant.ordinal)] = try self.attempt(attempt, at: at)
    }
    // A dictionary: an ordinal that the plan does not have traps nowhere.
    for retry in stored.retries { run.retries[Int(retry.ordinal)] = Timestamp(microseconds: retry.notBeforeUs) }
    for made in stored.made {
      let version = try made.version.value(texts)
      run.made[version.of] = MadeVersion(number: version.number, isPromoted: made.isPromoted, passed: try known(made.passed))
    }
    for bound in stored.bound {
      let version = try bound.version.value(texts)
      let binding = Binding(target: version.of, policy: try bound.policy.policy())
      run.bound[binding] = PinnedNumber(number: version.number, passed: try known(bound.passed))
    }
    for blocked in stored.reasons {
      guard case .blocked(let reasons) = try blocked.outcome.value(texts) else { throw CodecProblem.missing("reasons") }
      // A dictionary, which traps on no ordinal.
      run.reasons[Int(blocked.ordinal)] = reasons
    }
    run.unfinished = Int(stored.unfinished)
    run.worst = try stored.worst.outcome()
    return run
  }

  private func steps(_ stored: PBSnapshot.Run, count: Int) throws -> [StepState] {
    let columns = [stored.attempts, stored.charged, stored.lost, stored.refused]
    guard stored.phases.count == count, columns.allSatisfy({ $0.isEmpty || $0.count == count }) else {
      throw CodecProblem("a run whose steps are not those of its plan")
    }
    func value(_ column: [UInt32], _ ordinal: Int) -> UInt16 { column.isEmpty ? 0 : UInt16(clamping: column[ordinal]) }
    return try stored.phases.enumerated().map { ordinal, phase in
      var step = StepState()
      step.phase = try RowCodes.phase.value(Int64(phase))
      step.attempts = value(stored.attempts, ordinal)
      step.charged = value(stored.charged, ordinal)
      step.lost = value(stored.lost, ordinal)
      step.refused = value(stored.refused, ordinal)
      return step
    }
  }

  private func attempt(_ stored: PBSnapshot.Attempt, at: Timestamp) throws -> ActiveAttempt {
    var attempt = ActiveAttempt(grant: try stored.grant.record(texts, at: at))
    attempt.isStaged = stored.isStaged
    for asset in stored.inline { attempt.inline.insert(try texts.asset(asset)) }
    for evaluated in stored.evaluated {
      attempt.evaluated[try texts.asset(evaluated.asset), default: [:]][try evaluated.check.value(texts)] =
        try evaluated.outcome.outcome()
    }
    for decided in stored.decided { attempt.decided[try texts.asset(decided.asset)] = decided.isPromoted }
    return attempt
  }
}
