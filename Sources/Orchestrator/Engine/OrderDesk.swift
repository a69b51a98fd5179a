// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Makes orders of effects: joins the locators that the core does not hold.
struct OrderDesk {
  let reign: Reign
  let history: any History
  private var cache = LocatorCache()
  /// Outputs of attempts in flight whose versions are not decided.
  private var staged: [StepID: [StagedOutput]] = [:]
  /// The checks of assets as grants name them: all grants of an asset hold the same array, however many wait to be sent.
  private var checks: [AssetKey: (granted: [GrantedCheckSpec], names: [CheckIdentity])] = [:]
  private var checksKept = 0

  /// How many checks are kept in that way.
  private static let mostChecks = 200_000

  init(reign: Reign, history: any History) {
    self.reign = reign
    self.history = history
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

  /// Makes orders, and lists the grants whose inputs cannot be found.
  ///
  /// - Throws: what the history throws.
  mutating func orders(for effects: [Effect]) async throws -> (orders: [Order], unfillable: [(GrantRecord, VersionRef)]) {
    try await fetch(effects.flatMap(Self.references))
    var orders: [Order] = []
    var unfillable: [(GrantRecord, VersionRef)] = []
    for effect in effects {
      switch effect {
      case .grant(let record, let trace):
        for output in record.outputs { keepChecks(of: output) }
        switch grant(record, trace) {
        case .success(let grant): orders.append(.grant(record.location, grant))
        case .failure(let missing): unfillable.append((record, missing.version))
        }
      case .cancel(let location, let step, let attempt):
        orders.append(.cancel(location, AttemptID(incarnation: reign.incarnation, step: step, number: attempt)))
      case .settle(let location, let version, let decision):
        orders.append(.settle(location, Settlement(version: identify(version), decision: decision, locator: cache[version])))
      case .settleFromHistory(let location, let versions):
        orders += try await settlements(of: versions, at: location)
      }
    }
    return (orders, unfillable)
  }

  private func identify(_ version: VersionRef) -> VersionID {
    VersionID(
      incarnation: reign.incarnation, asset: version.of.asset, partition: version.of.partition, number: version.number)
  }

  // MARK: Locators

  private static func references(_ effect: Effect) -> [VersionRef] {
    switch effect {
    case .grant(let record, _):
      let read = record.inputs.flatMap { input in
        input.versions.map { VersionRef(AssetPartition(input.asset, $0.partition), $0.number) }
      }
      let checked = record.kind == .checksOnly ? record.outputs : []
      return read + checked.map { VersionRef(AssetPartition($0.asset, record.partition), $0.number) }
    case .settle(_, let version, let decision): return decision == .discard ? [] : [version]
    case .cancel, .settleFromHistory: return []
    }
  }

  private mutating func fetch(_ references: [VersionRef]) async throws {
    let missing = references.filter { cache[$0] == nil }
    guard !missing.isEmpty else { return }
    for record in try await history.versions(missing) {
      if let locator = record.locator { cache.keep(locator, of: record.version) }
    }
  }

  private struct Missing: Error {
    let version: VersionRef
  }

  private func pinned(_ version: VersionRef) -> Result<PinnedVersion, Missing> {
    guard let locator = cache[version] else { return .failure(Missing(version: version)) }
    return .success(PinnedVersion(version: identify(version), locator: locator))
  }

  private func grant(_ record: GrantRecord, _ trace: TraceContext?) -> Result<Grant, Missing> {
    Result { () throws(Missing) in
      let work: Grant.Work
      switch record.kind {
      case .materialize:
        work = .materialize(inputs: try inputs(of: record), outputs: record.outputs.map { output(of: record, $0) })
      case .checksOnly:
        var checks: [GrantedCheck] = []
        for output in record.outputs {
          let version = VersionRef(AssetPartition(output.asset, record.partition), output.number)
          checks.append(GrantedCheck(target: try pinned(version).get(), checks: names(of: output)))
        }
        work = .check(checks)
      }
      let attempt = AttemptID(incarnation: reign.incarnation, step: record.step, number: record.attempt)
      return Grant(
        attempt: attempt, epoch: reign.epoch, manifest: record.manifest, step: record.stepName, partition: record.partition,
        work: work, deadline: record.deadline, trace: trace.map { StepTrace(of: attempt, in: $0) })
    }
  }

  private func inputs(of record: GrantRecord) throws(Missing) -> [GrantedInput] {
    var result: [GrantedInput] = []
    for input in record.inputs {
      var versions: [PinnedVersion] = []
      for version in input.versions {
        versions.append(try pinned(VersionRef(AssetPartition(input.asset, version.partition), version.number)).get())
      }
      result.append(GrantedInput(asset: input.asset, versions: versions))
    }
    return result
  }

  private func output(of record: GrantRecord, _ output: GrantedVersion) -> GrantedOutput {
    let version = VersionRef(AssetPartition(output.asset, record.partition), output.number)
    return GrantedOutput(version: identify(version), checks: names(of: output))
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

  // MARK: What a host holds and the state has forgotten

  /// The history decides, which is asked once for all of them.
  private func settlements(of versions: [VersionID], at location: LocationName) async throws -> [Order] {
    let references = versions.map { VersionRef(AssetPartition($0.asset, $0.partition), $0.number) }
    let records = try await history.versions(references)
    let known = Dictionary(records.map { ($0.version, $0) }) { first, _ in first }
    return zip(versions, references).map { version, reference in
      let decision: Settlement.Decision
      switch known[reference]?.decision {
      case .promoted: decision = .promote
      case .rejected: decision = .reject
      case .discarded, nil: decision = .discard
      }
      return .settle(location, Settlement(version: version, decision: decision, locator: known[reference]?.locator))
    }
  }
}
