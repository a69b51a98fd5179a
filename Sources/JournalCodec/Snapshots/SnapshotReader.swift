// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
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
    state.clock = ClockOffsets(running: stored.aheadOfRunningUs, wall: stored.aheadOfWallUs)
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
      state.schedules[try texts.schedule(schedule.location, schedule.name)] = try self.schedule(schedule, of: stored.version)
    }
    state.deriveRest()
    return state
  }

  private func schedule(_ stored: PBSnapshot.Schedule, of version: UInt32) throws -> ScheduleState {
    let bounds = stored.tickedUs.map { Timestamp(microseconds: $0) }
    guard bounds.count.isMultiple(of: 2), bounds == bounds.sorted() else {
      throw CodecProblem("ticks of a schedule out of order")
    }
    var ticked = stride(from: 0, to: bounds.count, by: 2).map { bounds[$0]...bounds[$0 + 1] }
    if version <= Self.lastWithCursorsAlone {
      let cursor = Timestamp(microseconds: stored.cursorUs)
      ticked = [cursor...cursor]
    }
    guard
      let state = ScheduleState(
        cursor: Timestamp(microseconds: stored.cursorUs), isPaused: stored.isPaused, ticked: ticked)
    else { throw CodecProblem("\(ticked.count) ranges of a schedule's ticks, or some that overlap") }
    return state
  }

  private func ledger(_ stored: PBSnapshot.Ledger) throws -> PartitionLedger {
    let entries = try entries(
      stored.newest, stored.promoted, stored.allocated, stored.passed, stored.failed, stored.status)
    // Indexes that count from 0 are left out.
    guard stored.index.isEmpty || stored.index.count == entries.count else { throw Self.unequal }
    var ledger = PartitionLedger(
      space: try spaces.at(stored.space), owner: try texts.location(stored.owner),
      entries: entries.enumerated().map { (stored.index.isEmpty ? $0 : Int(stored.index[$0]), $1) }, floor: stored.floor)
    for kept in stored.kept { try restore(kept, to: &ledger) }
    return ledger
  }

  private func restore(_ kept: PBSnapshot.Kept, to ledger: inout PartitionLedger) throws {
    let space = try spaces.at(kept.space)
    let entries = try entries(kept.newest, kept.promoted, kept.allocated, kept.passed, kept.failed, kept.status)
    guard kept.place.count + kept.key.count == entries.count else { throw Self.unequal }
    let declared = PartitionEntries(space: space)
    for (place, entry) in zip(kept.place, entries) {
      guard let place = Int(exactly: place), space.isWindows || declared.index(ofPlace: place) != nil else {
        throw CodecProblem("place \(place), which is none of the space")
      }
      ledger.restore(entry, at: .place(place), in: space)
    }
    for (key, entry) in zip(kept.key, entries.dropFirst(kept.place.count)) {
      guard case .keys = space else { throw CodecProblem("a key where only static keys have one") }
      ledger.restore(entry, at: .key(try texts.partition(key)), in: space)
    }
  }

  /// Columns of entries; failures that there are none of are left out.
  private func entries(
    _ newest: [UInt32], _ promoted: [UInt32], _ allocated: [UInt32], _ passed: [UInt32], _ failed: [UInt32], _ status: Data
  ) throws -> [PartitionEntry] {
    let count = status.count
    guard [newest, promoted, allocated, passed].allSatisfy({ $0.count == count }), failed.isEmpty || failed.count == count
    else { throw Self.unequal }
    return try status.enumerated().map { index, status in
      var entry = PartitionEntry()
      entry.newest = newest[index]
      entry.promoted = promoted[index]
      entry.allocated = allocated[index]
      entry.passed = try known(passed[index])
      if !failed.isEmpty { entry.failed = try known(failed[index]) }
      guard let settled = PartitionEntry.Settled(rawValue: status >> 4),
        let latest = PartitionEntry.LatestStep(rawValue: status & 15)
      else { throw CodecProblem.unknown("status of a partition") }
      (entry.settled, entry.latestStep) = (settled, latest)
      return entry
    }
  }

  private static var unequal: CodecProblem { CodecProblem("a ledger whose columns differ in length") }

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

  /// The last version that knew a schedule's latest tick by its cursor alone.
  private static let lastWithCursorsAlone: UInt32 = 5
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

extension PartitionSpace {
  fileprivate var isWindows: Bool {
    switch self {
    case .daily, .hourly: true
    case .single, .keys: false
    }
  }
}
