// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Orchestrator
import SwiftProtobuf

/// Writes a state, and collects what its parts share.
struct SnapshotWriter {
  var texts = TextWriter()
  var spaces = SpaceTable()

  static func encode(_ state: State) -> PBSnapshot {
    var writer = SnapshotWriter()
    var encoded = PBSnapshot()
    encoded.version = State.version
    encoded.epoch = state.epoch
    encoded.nowUs = state.now.microseconds
    (encoded.aheadOfRunningUs, encoded.aheadOfWallUs) = (state.clock.running, state.clock.wall)
    encoded.workspace = PBWorkspaceLoaded(state.workspace, texts: &writer.texts)
    encoded.locations = state.locations.byKey.map { writer.location($0, $1) }
    encoded.ledgers = state.ledgers.byKey.map { writer.ledger($0, $1) }
    writer.write(state.checkSets, to: &encoded)
    encoded.runs = state.runs.byKey.map { writer.run($1, at: state.now) }
    encoded.nextRun = state.nextRun
    encoded.holders = state.holders.byKey.map { writer.holder($0, $1) }
    encoded.clientKeys = state.clientKeys.order.map { key in
      .with {
        $0.key = key
        $0.run = state.clientKeys[key]?.number ?? 0
      }
    }
    // Below `LaunchLimits.clientKeys`, which fits.
    encoded.oldestClientKey = UInt32(state.clientKeys.oldest)
    encoded.schedules = state.schedules.byKey.map { writer.schedule($0, $1) }
    encoded.texts = writer.texts.texts
    encoded.digests = writer.texts.digests.map { PBDigest($0) }
    encoded.spaces = writer.spaces.encoded
    return encoded
  }

  private mutating func ledger(_ asset: AssetKey, _ ledger: PartitionLedger) -> PBSnapshot.Ledger {
    var encoded = PBSnapshot.Ledger()
    encoded.asset = texts.index(asset)
    encoded.space = spaces.index(ledger.space)
    encoded.owner = texts.index(ledger.owner)
    encoded.floor = ledger.floor
    let parts = ledger.parts
    var indexes: [Int] = []
    var entries: [PartitionEntry] = []
    parts[0].scan { index, entry in
      indexes.append(index)
      entries.append(entry)
      return true
    }
    if indexes.enumerated().contains(where: { $0.offset != $0.element }) { encoded.index = indexes.map { UInt32(clamping: $0) } }
    encoded.newest = entries.map(\.newest)
    encoded.promoted = entries.map(\.promoted)
    encoded.allocated = entries.map(\.allocated)
    encoded.passed = entries.map(\.passed)
    if entries.contains(where: { $0.failed != 0 }) { encoded.failed = entries.map(\.failed) }
    encoded.status = Data(entries.map(\.status))
    encoded.kept = parts.enumerated().compactMap { kept($1, isDeclared: $0 == 0) }
    return encoded
  }

  /// What is kept of partitions that are not declared; nil where there is nothing.
  private mutating func kept(_ part: PartitionEntries, isDeclared: Bool) -> PBSnapshot.Kept? {
    var places: [(Int, PartitionEntry)] = []
    var keys: [(PartitionKey, PartitionEntry)] = []
    part.visit { position, entry in
      switch position {
      case .place(let place): if !isDeclared || part.index(ofPlace: place) == nil { places.append((place, entry)) }
      case .key(let key): keys.append((key, entry))
      }
    }
    if places.isEmpty && keys.isEmpty { return nil }
    places.sort { $0.0 < $1.0 }
    keys.sort { $0.0 < $1.0 }
    let entries = places.map(\.1) + keys.map(\.1)
    var encoded = PBSnapshot.Kept()
    encoded.space = spaces.index(part.space)
    encoded.place = places.map { Int64($0.0) }
    encoded.key = keys.map { texts.index($0.0) }
    encoded.newest = entries.map(\.newest)
    encoded.promoted = entries.map(\.promoted)
    encoded.allocated = entries.map(\.allocated)
    encoded.passed = entries.map(\.passed)
    encoded.failed = entries.map(\.failed)
    encoded.status = Data(entries.map(\.status))
    return encoded
  }

  private mutating func write(_ sets: CheckSets, to encoded: inout PBSnapshot) {
    var rosters: [ObjectIdentifier: UInt32] = [:]
    for (id, set, owner) in sets.all {
      let roster = rosters[ObjectIdentifier(set.roster)] ?? UInt32(clamping: encoded.checkRosters.count)
      if rosters.updateValue(roster, forKey: ObjectIdentifier(set.roster)) == nil {
        encoded.checkRosters.append(.with { $0.checks = .init(set.roster.checks, texts: &texts) })
      }
      var stored = PBSnapshot.CheckSet()
      (stored.id, stored.roster, stored.members) = (id, roster, set.words)
      if let owner { stored.location = texts.index(owner) }
      encoded.checkSets.append(stored)
    }
    (encoded.lastCheckSet, encoded.checkSetGeneration) = (sets.last, sets.generation)
  }

  private mutating func holder(_ target: AssetPartition, _ step: StepID) -> PBSnapshot.Holder {
    var encoded = PBSnapshot.Holder()
    encoded.asset = texts.index(target.asset)
    encoded.partition = texts.index(target.partition)
    encoded.run = step.run.number
    encoded.ordinal = Int64(step.ordinal)
    return encoded
  }

  private mutating func schedule(_ id: ScheduleID, _ schedule: ScheduleState) -> PBSnapshot.Schedule {
    var encoded = PBSnapshot.Schedule()
    encoded.location = texts.index(id.location)
    encoded.name = texts.index(id.name)
    encoded.cursorUs = schedule.cursor.microseconds
    encoded.isPaused = schedule.isPaused
    encoded.tickedUs = schedule.ticked.flatMap { [$0.lowerBound.microseconds, $0.upperBound.microseconds] }
    return encoded
  }
}

// MARK: - Locations

extension SnapshotWriter {
  private mutating func location(_ name: LocationName, _ state: LocationState) -> PBSnapshot.Location {
    var encoded = PBSnapshot.Location()
    encoded.name = texts.index(name)
    if let instant = state.removedSince { encoded.removedSinceUs = instant.microseconds }
    if let digest = state.manifest { encoded.manifest = texts.index(digest) }
    if let manifest = state.manifestContent { encoded.manifestContent = PBStoredManifest(manifest) }
    if let refusal = state.refusal { encoded.refusal = refusal }
    if let session = state.session { encoded.session = self.session(session) }
    if let instant = state.unavailableSince { encoded.unavailableSinceUs = instant.microseconds }
    encoded.inFlight = Int64(state.inFlight)
    encoded.fenced = state.fenced.byKey.map { attempt, until in
      .with {
        $0.run = attempt.step.run.number
        $0.ordinal = Int64(attempt.step.ordinal)
        $0.attempt = Int64(attempt.number)
        $0.untilUs = until.microseconds
      }
    }
    for (version, decision) in state.unsettled.byKey {
      var unsettled = PBSnapshot.Unsettled()
      unsettled.version = PBVersion(version, texts: &texts)
      unsettled.decision = .init(decision)
      encoded.unsettled.append(unsettled)
    }
    return encoded
  }

  private mutating func session(_ session: SessionState) -> PBSnapshot.Session {
    var encoded = PBSnapshot.Session()
    encoded.instance = session.instance
    encoded.manifest = texts.index(session.manifest)
    encoded.slots = Int64(session.slots)
    encoded.isDraining = session.isDraining
    return encoded
  }
}

// MARK: - Runs

extension SnapshotWriter {
  private mutating func run(_ run: RunState, at: Timestamp) -> PBSnapshot.Run {
    var encoded = PBSnapshot.Run()
    encoded.launched = PBRunLaunched(run.plan, texts: &texts)
    encoded.launchedAtUs = run.launchedAt.microseconds
    encoded.cancelRequested = run.cancelRequested
    encoded.phases = Data(run.steps.map { UInt8(truncatingIfNeeded: RowCodes.phase.code($0.phase)) })
    encoded.attempts = Self.column(run.steps, \.attempts)
    encoded.charged = Self.column(run.steps, \.charged)
    encoded.lost = Self.column(run.steps, \.lost)
    encoded.refused = Self.column(run.steps, \.refused)
    encoded.active = run.active.byKey.map { attempt($1, at: at) }
    encoded.retries = run.retries.byKey.map { ordinal, instant in
      .with { ($0.ordinal, $0.notBeforeUs) = (Int64(ordinal), instant.microseconds) }
    }
    encoded.made = run.made.byKey.map { made($0, $1) }
    encoded.bound = run.bound.sorted { $0.key < $1.key }.map { bound($0, $1) }
    encoded.reasons = run.reasons.all.sorted { $0.key < $1.key }.map { ordinal, reasons in
      .with { ($0.ordinal, $0.outcome) = (Int64(ordinal), PBStepOutcome(.blocked(reasons), texts: &texts)) }
    }
    encoded.unfinished = Int64(run.unfinished)
    encoded.worst = PBRunOutcome(run.worst)
    return encoded
  }

  private static func column(_ steps: [StepState], _ count: KeyPath<StepState, UInt16>) -> [UInt32] {
    steps.contains { $0[keyPath: count] != 0 }
      // Sixteen bits fit.
      ? steps.map { UInt32($0[keyPath: count]) } : []
  }

  private mutating func attempt(_ attempt: ActiveAttempt, at: Timestamp) -> PBSnapshot.Attempt {
    var encoded = PBSnapshot.Attempt()
    encoded.grant = PBStepGranted(attempt.grant, at: at, texts: &texts)
    encoded.isStaged = attempt.isStaged
    encoded.inline = attempt.inline.sorted().map { texts.index($0) }
    for (asset, outcomes) in attempt.evaluated.byKey {
      for (check, outcome) in outcomes.byKey {
        var evaluated = PBSnapshot.Evaluated()
        evaluated.asset = texts.index(asset)
        evaluated.check = PBCheckId(check, texts: &texts)
        evaluated.outcome = PBCheckOutcome(outcome)
        encoded.evaluated.append(evaluated)
      }
    }
    for (asset, isPromoted) in attempt.decided.byKey {
      var decided = PBSnapshot.Decided()
      decided.asset = texts.index(asset)
      decided.isPromoted = isPromoted
      encoded.decided.append(decided)
    }
    return encoded
  }

  private mutating func made(_ target: AssetPartition, _ made: MadeVersion) -> PBSnapshot.Made {
    var encoded = PBSnapshot.Made()
    encoded.version = PBVersion(VersionRef(target, made.number), texts: &texts)
    encoded.isPromoted = made.isPromoted
    encoded.passed = made.passed
    return encoded
  }

  private mutating func bound(_ binding: Binding, _ pinned: PinnedNumber) -> PBSnapshot.Bound {
    var encoded = PBSnapshot.Bound()
    encoded.version = PBVersion(VersionRef(binding.target, pinned.number), texts: &texts)
    encoded.policy = .init(binding.policy)
    encoded.passed = pinned.passed
    return encoded
  }
}

extension Dictionary where Key: Comparable {
  /// The entries in the order of their keys, so that equal states have equal bytes.
  fileprivate var byKey: [(key: Key, value: Value)] { sorted { $0.key < $1.key } }
}

extension Binding {
  fileprivate static func < (left: Self, right: Self) -> Bool {
    (left.target, left.policy == .gated ? 0 : 1) < (right.target, right.policy == .gated ? 0 : 1)
  }
}

extension PartitionEntry {
  /// A byte: how the newest version settled, times 16, plus what the latest step came to.
  fileprivate var status: UInt8 { settled.rawValue << 4 | latestStep.rawValue }
}
