// SPDX-License-Identifier: Apache-2.0

import AssetModel
import DequeModule

/// Makes orders of effects: joins the locators that the core does not hold.
///
/// Most are known, or few: their orders are made at once. What takes long to read is put off: errands that are run beside the loop, one
/// at a time for each location, so that none waits for what another has caused.
struct OrderDesk {
  let reign: Reign
  /// Reads the clocks.
  private let reading: @Sendable () -> ClockReading
  private var cache = LocatorCache()
  /// Outputs of attempts in flight whose versions are not decided.
  private var staged: [StepID: [StagedOutput]] = [:]
  /// The checks of assets as grants name them: all grants of an asset hold the same array, however many wait to be sent.
  private var checks: [AssetKey: (granted: [GrantedCheckSpec], names: [CheckIdentity])] = [:]
  private var checksKept = 0
  /// What is put off, by location.
  private var errands: [LocationName: Deque<Errand>] = [:]
  /// The locations whose first errand is being run.
  private var running: Set<LocationName> = []
  /// The attempts whose grants are put off, and the versions that these may make: what is told of them comes behind.
  private var grantsPutOff: Set<StepAttempt> = []
  private var versionsPutOff: Set<VersionRef> = []

  /// How many checks are kept in that way.
  private static let mostChecks = 200_000

  init(reign: Reign, reading: @escaping @Sendable () -> ClockReading) {
    self.reign = reign
    self.reading = reading
  }

  /// Remembers where a decision's versions were staged, once they are promoted or rejected.
  mutating func note(_ events: [StampedEvent]) {
    for stamped in events {
      switch stamped.event {
      case .staged(let step, _, let outputs): staged[step] = outputs
      case .promoted(let version, let step, _, _, _), .rejected(let version, let step, _, _, _):
        guard let output = staged[step]?.first(where: { $0.asset == version.of.asset }) else { continue }
        cache.keep(output.locator, of: version)
      case .attemptEnded(let step, _, _, _): staged[step] = nil
      default: break
      }
    }
  }
}

// MARK: - What is put off

extension OrderDesk {
  /// Puts off the effects that need much of the history.
  ///
  /// - Returns: the others.
  mutating func sort(_ effects: [Effect]) -> Errand {
    var now = Errand()
    for effect in effects {
      guard effect.versionCount <= HistoryLimits.placesLookedUp else {
        putOff(effect, nil)
        continue
      }
      let missing = effect.versions.filter { effect.asksHistory || cache[$0] == nil }
      if !isBehindItsGrant(effect), now.missing.count + missing.count <= HistoryLimits.placesOnLoop {
        now.add(effect, missing: missing)
      } else {
        putOff(effect, effect.asksHistory ? [:] : known(of: effect))
      }
    }
    return now
  }

  private func isBehindItsGrant(_ effect: Effect) -> Bool {
    guard !grantsPutOff.isEmpty else { return false }
    return switch effect {
    case .cancel(_, let step, let attempt): grantsPutOff.contains(StepAttempt(step: step, number: attempt))
    case .settle(_, let version, _): versionsPutOff.contains(version)
    case .grant, .settleFromHistory: false
    }
  }

  private func known(of effect: Effect) -> [VersionRef: Locator] {
    var known: [VersionRef: Locator] = [:]
    for version in effect.versions { known[version] = cache[version] }
    return known
  }

  private mutating func putOff(_ effect: Effect, _ known: [VersionRef: Locator]?) {
    if case .grant(let record, _) = effect {
      grantsPutOff.insert(record.stepAttempt)
      versionsPutOff.formUnion(record.versionsToMake)
    }
    var waiting = errands[effect.location] ?? []
    if let last = waiting.last, last.count + effect.versionCount <= HistoryLimits.placesAtOnce {
      waiting[waiting.count - 1].add(effect, known)
    } else {
      var errand = Errand()
      errand.add(effect, known)
      waiting.append(errand)
    }
    errands[effect.location] = waiting
  }

  /// The errands that may be run now: from here on they are.
  mutating func nextErrands() -> [(location: LocationName, errand: Errand)] {
    guard !errands.isEmpty else { return [] }
    var next: [(LocationName, Errand)] = []
    for location in errands.keys.sorted() where !running.contains(location) {
      guard let errand = errands[location]?.popFirst() else { continue }
      if errands[location]?.isEmpty == true { errands[location] = nil }
      running.insert(location)
      next.append((location, errand))
    }
    return next
  }

  /// An errand has been run. Of its grants those count that are in flight still, or whose slot is not back, so that they can be cancelled.
  mutating func returned(_ errand: Errand, of location: LocationName, _ state: State) -> Orders {
    running.remove(location)
    for case .grant(let record, _) in errand.effects {
      grantsPutOff.remove(record.stepAttempt)
      versionsPutOff.subtract(record.versionsToMake)
    }
    return orders(for: errand) { attempt in
      state.isInFlight(attempt.step, attempt.number) || state.locations[location]?.fenced[attempt] != nil
    }
  }
}

// MARK: - Orders

extension OrderDesk {
  struct Orders {
    var orders: [Order] = []
    /// The grants that come to nothing, and why.
    var unfillable: [(GrantRecord, why: String)] = []
  }

  /// Makes orders of effects of which everything is known.
  ///
  /// - Parameter counts: whether an attempt is still to be granted.
  mutating func orders(for errand: Errand, where counts: (StepAttempt) -> Bool = { _ in true }) -> Orders {
    var made = Orders()
    for effect in errand.effects {
      switch effect {
      case .grant(let record, let trace):
        guard counts(record.stepAttempt) else { continue }
        if errand.isTooLarge {
          made.unfillable.append((record, why: "the versions that it reads take more than a grant may (inputBytesPerGrant)"))
          continue
        }
        for output in record.outputs { keepChecks(of: output) }
        switch grant(record, trace, errand) {
        case .success(let grant): made.orders.append(.grant(record.location, grant))
        case .failure(let missing):
          made.unfillable.append((record, why: "the store has no locator for \(missing.version)"))
        }
      case .cancel(let location, let step, let attempt):
        made.orders.append(.cancel(location, AttemptID(incarnation: reign.incarnation, step: step, number: attempt)))
      case .settle(let location, let version, let decision):
        let settlement = Settlement(
          version: version.identified(in: reign.incarnation), decision: decision, locator: locator(of: version, errand))
        made.orders.append(.settle(location, settlement))
      case .settleFromHistory(let location, let versions):
        made.orders += zip(versions, effect.versions).map { .settle(location, settlement(of: $0, $1, errand)) }
      }
    }
    remember(errand)
    return made
  }

  /// Only now, since what is forgotten for it may have been needed for the same orders; and not so many that all else is forgotten.
  private mutating func remember(_ errand: Errand) {
    guard errand.count <= HistoryLimits.placesAtOnce else { return }
    for (version, locator) in errand.locators { cache.keep(locator, of: version) }
  }

  private func locator(of version: VersionRef, _ errand: Errand) -> Locator? { errand.locators[version] ?? cache[version] }

  private func pinned(_ version: VersionRef, _ errand: Errand) -> Result<PinnedVersion, MissingLocator> {
    guard let found = locator(of: version, errand) else { return .failure(MissingLocator(version: version)) }
    return .success(PinnedVersion(version: version.identified(in: reign.incarnation), locator: found))
  }

  private func grant(_ record: GrantRecord, _ trace: TraceContext?, _ errand: Errand) -> Result<Grant, MissingLocator> {
    Result { () throws(MissingLocator) in
      let work: Grant.Work
      switch record.kind {
      case .materialize:
        let inputs = errand.inputs ?? record.grantedInputs({ locator(of: $0, errand) }, in: reign.incarnation)
        work = .materialize(inputs: try inputs.get(), outputs: record.outputs.map { output(of: record, $0) })
      case .checksOnly:
        var checks: [GrantedCheck] = []
        for output in record.outputs {
          let version = VersionRef(AssetPartition(output.asset, record.partition), output.number)
          checks.append(GrantedCheck(target: try pinned(version, errand).get(), checks: names(of: output)))
        }
        work = .check(checks)
      }
      let attempt = AttemptID(incarnation: reign.incarnation, step: record.step, number: record.attempt)
      // The record's deadline is of running time, which hosts know nothing of.
      let reading = reading()
      let left = max(.zero, record.deadline - reading.running)
      return Grant(
        attempt: attempt, epoch: reign.epoch, manifest: record.manifest, step: record.stepName, partition: record.partition,
        work: work, deadline: reading.wall + left, timeLeft: left, trace: trace.map { StepTrace(of: attempt, in: $0) })
    }
  }

  private func output(of record: GrantRecord, _ output: GrantedVersion) -> GrantedOutput {
    let version = VersionRef(AssetPartition(output.asset, record.partition), output.number)
    return GrantedOutput(version: version.identified(in: reign.incarnation), checks: names(of: output))
  }

  /// What a host holds and the state has forgotten: the history decides.
  private func settlement(of version: VersionID, _ reference: VersionRef, _ errand: Errand) -> Settlement {
    let decision: Settlement.Decision
    switch errand.decisions[reference] {
    case .promoted: decision = .promote
    case .rejected: decision = .reject
    case .discarded, nil: decision = .discard
    }
    return Settlement(version: version, decision: decision, locator: errand.locators[reference])
  }

  // MARK: Checks

  private mutating func keepChecks(of output: GrantedVersion) {
    guard !output.checks.isEmpty, checks[output.asset]?.granted != output.checks else { return }
    if checksKept > Self.mostChecks { (checks, checksKept) = ([:], 0) }
    checks[output.asset] = (output.checks, output.checks.map(\.check))
    checksKept += output.checks.count
  }

  private func names(of output: GrantedVersion) -> [CheckIdentity] {
    if let kept = checks[output.asset], kept.granted == output.checks { return kept.names }
    return output.checks.map(\.check)
  }
}
