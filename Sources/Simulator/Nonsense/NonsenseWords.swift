// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Draws what is said next. Everything is of a form that the wire lets through.
struct NonsenseWords {
  var dice: Dice
  let incarnation = Incarnation(7)
  let start = Timestamp(seconds: 1_793_510_000)
  private let names: [LocationName]
  private let deployments: [LocationName: [Manifest]]
  /// An asset that nobody defines.
  private let nobody: AssetKey
  private static let slots = [0, 1, 3, 10, Int(UInt32.max)]

  init(seed: UInt64) throws(ModelError) {
    dice = Dice(seed: seed, stream: 11)
    nobody = try AssetKey("alps/nobody")
    let names = [try LocationName("alps"), try LocationName("bay")]
    var deployments: [LocationName: [Manifest]] = [:]
    for revision in 0..<3 {
      var generator = ManifestGenerator(seed: seed &* 3 &+ UInt64(revision), names: names, start: start)
      for (name, manifest) in try generator.manifests(steps: 3...6) { deployments[name, default: []].append(manifest) }
    }
    self.names = names
    self.deployments = deployments
  }

  /// What every digest stands for.
  var manifests: [ManifestDigest: Manifest] {
    var result: [ManifestDigest: Manifest] = [:]
    for (name, all) in deployments {
      for (revision, manifest) in all.enumerated() { result[digest(name, revision)] = manifest }
    }
    return result
  }

  private func digest(_ name: LocationName, _ revision: Int) -> ManifestDigest { ManifestDigest("\(name)-\(revision)") }

  private var workspace: WorkspaceDefinition {
    WorkspaceDefinition(locations: names.map { LocationDefinition(name: $0) })
  }

  /// A world in which something can be granted.
  var beginnings: [Command] {
    [.begin(1), .loadWorkspace(workspace)]
      + names.flatMap { name -> [Command] in
        let manifest = deployments[name]?.first ?? Manifest(location: name, steps: [])
        let status = HostStatus(instance: "first", manifest: digest(name, 0), slots: 3)
        return [.manifestReceived(name, digest(name, 0), manifest), .sessionOpened(name, status)]
      } + [.launch(LaunchRequest(.all, partitions: .all)), .launch(LaunchRequest(.all, partitions: .latest))]
  }

  mutating func pause() -> Duration {
    dice.chance(0.9) ? dice.milliseconds(0...500) : dice.seconds(1...dice.pick([30, 300, 4_000]))
  }

  // MARK: Commands

  mutating func command(_ known: NonsenseJudge, _ state: State, _ events: Int) -> Command {
    let name = dice.pick(names)
    switch dice.int(0...99) {
    case 0...59: return reports(known, state)
    case 60...65: return .launch(launch())
    case 66...69: return dice.chance(0.5) ? .settled(name, version(known)) : .settlementFailed(name, version(known))
    case 70...74: return .sessionOpened(name, status(name, known, state))
    case 75...77: return .sessionResumed(name, status(name, known, state))
    case 78...79: return .sessionClosed(name, reason: "gone")
    case 80...82: return .capacityChanged(name, slots: dice.pick(Self.slots))
    case 83: return .drainingBegan(name)
    case 84...87: return deploy(name)
    case 88: return .manifestUnreadable(name, reason: "unreadable")
    case 89...90: return .cancel(RunID(dice.pick([0, 1, UInt64(dice.int(1...9)), .max])))
    case 91: return .loadWorkspace(dice.chance(0.7) ? workspace : WorkspaceDefinition(locations: [.init(name: name)]))
    case 92: return .pauseSchedule(ScheduleID(location: name, name: "s"))
    case 93: return .resumeSchedule(ScheduleID(location: name, name: "s"))
    default: return .tick
    }
  }

  private mutating func launch() -> LaunchRequest {
    LaunchRequest(
      .all, partitions: dice.pick([.all, .latest, .unspecified, .text("k0,k1"), .text("latest..latest")]),
      kind: dice.chance(0.3) ? .checksOnly : .materialize, clientKey: dice.chance(0.3) ? "key\(dice.int(0...3))" : nil)
  }

  private mutating func deploy(_ name: LocationName) -> Command {
    let all = deployments[name] ?? []
    let revision = dice.int(0...(max(1, all.count) - 1))
    guard all.indices.contains(revision) else { return .tick }
    return .manifestReceived(name, digest(name, revision), all[revision])
  }

  private mutating func status(_ name: LocationName, _ known: NonsenseJudge, _ state: State) -> HostStatus {
    var attempts: [KnownAttempt] = []
    for _ in 0..<dice.int(0...4) {
      let attempt = attempt(known, state)
      var reports: [StepReport] = []
      for _ in 0..<dice.int(0...3) { reports.append(report(of: attempt, known)) }
      attempts.append(KnownAttempt(attempt: attempt, reports: reports))
    }
    var unsettled: [VersionID] = []
    for _ in 0..<dice.int(0...4) { unsettled.append(version(known)) }
    return HostStatus(
      instance: dice.pick(["first", "second"]), manifest: digest(name, dice.int(0...3)), slots: dice.pick(Self.slots),
      attempts: attempts, unsettled: unsettled, isDraining: dice.chance(0.05))
  }

  // MARK: Reports

  private mutating func reports(_ known: NonsenseJudge, _ state: State) -> Command {
    let attempt = attempt(known, state)
    let grant = known.grants.last { $0.step == attempt.step && $0.attempt == attempt.number }
    let speaker = dice.chance(0.9) ? grant?.location ?? dice.pick(names) : dice.pick(names)
    var reports: [StepReport] = []
    for _ in 0..<dice.int(1...3) { reports.append(report(of: dice.chance(0.9) ? attempt : self.attempt(known, state), known)) }
    return .reports(speaker, reports)
  }

  /// Mostly one in flight; else one that was, is another world's, or never was.
  private mutating func attempt(_ known: NonsenseJudge, _ state: State) -> AttemptID {
    let inFlight = known.grants.suffix(40).filter { state.isInFlight($0.step, $0.attempt) }
    if !inFlight.isEmpty, dice.chance(0.7) { return id(of: dice.pick(inFlight)) }
    if !known.grants.isEmpty, dice.chance(0.7) {
      let grant = dice.pick(known.grants)
      guard dice.chance(0.5) else { return id(of: grant) }
      return AttemptID(
        incarnation: dice.chance(0.5) ? incarnation : Incarnation(.max), step: grant.step,
        number: dice.pick([1, grant.attempt + 1, Int(UInt32.max)]))
    }
    let step = StepID(run: RunID(dice.pick([0, 1, .max])), ordinal: dice.pick([0, 7, Int(UInt32.max)]))
    return AttemptID(incarnation: incarnation, step: step, number: dice.pick([1, 2, Int(UInt32.max)]))
  }

  private func id(of grant: GrantRecord) -> AttemptID {
    AttemptID(incarnation: incarnation, step: grant.step, number: grant.attempt)
  }

  private mutating func version(_ known: NonsenseJudge) -> VersionID {
    guard let reference = known.versions.isEmpty ? nil : dice.pick(known.versions) else {
      return VersionID(incarnation: incarnation, asset: someKey, partition: "nowhere", number: .max)
    }
    return VersionID(
      incarnation: dice.chance(0.9) ? incarnation : Incarnation(.max), asset: reference.of.asset,
      partition: reference.of.partition,
      number: dice.chance(0.9) ? reference.number : .max)
  }

  private var someKey: AssetKey { deployments.values.joined().lazy.flatMap(\.steps).first?.outputs.first?.key ?? nobody }

  private mutating func report(of attempt: AttemptID, _ known: NonsenseJudge) -> StepReport {
    let grant = known.grants.last { $0.step == attempt.step && $0.attempt == attempt.number } ?? known.grants.last
    switch dice.int(0...9) {
    case 0: return .started(attempt)
    case 1:
      let at = Timestamp(microseconds: dice.pick([.min, 0, .max]))
      let lines = dice.chance(0.7) ? [LogLine(at: at, level: .error, message: "line")] : []
      return .logged(attempt, lines: lines, dropped: dice.pick([0, 1, .max]))
    case 2...4: return .staged(attempt, staged(grant))
    case 5...7: return .checked(attempt, asset: asset(of: grant), evaluations(grant))
    default: return .finished(attempt, end())
    }
  }

  private mutating func asset(of grant: GrantRecord?) -> AssetKey {
    guard let outputs = grant?.outputs, !outputs.isEmpty, dice.chance(0.95) else { return someKey }
    return dice.pick(outputs).asset
  }

  private mutating func staged(_ grant: GrantRecord?) -> [StagedOutput] {
    var keys = grant?.outputs.map(\.asset) ?? []
    if dice.chance(0.05) { keys.append(someKey) }
    if dice.chance(0.03) { keys = Array(keys.dropLast()) }
    let scheme = dice.chance(0.2) ? Locator.inlineScheme : "file"
    return keys.map { StagedOutput(asset: $0, locator: Locator(scheme: scheme, uri: "file:///x", format: "jsonl/1", size: .min)) }
  }

  private mutating func evaluations(_ grant: GrantRecord?) -> [CheckEvaluation] {
    var checks = grant?.outputs.flatMap(\.checks).map(\.check) ?? []
    if dice.chance(0.1) { checks.append(CheckIdentity(name: "nobody's")) }
    if dice.chance(0.2) { checks += checks }
    return checks.compactMap { check in
      if dice.chance(0.1) { return nil }
      let outcome: CheckOutcome = dice.chance(0.6) ? .passed : dice.pick([.passed, .failed, .errored, .timedOut])
      return CheckEvaluation(check: check, severity: dice.pick([.block, .warn]), outcome: outcome)
    }
  }

  private mutating func end() -> StepEnd {
    switch dice.int(0...5) {
    case 0...2: return .completed
    case 3: return .failed(StepFailure(kind: .threw, message: "thrown", isRetryable: dice.chance(0.7)))
    case 4: return .cancelled
    default: return .refused(dice.pick([.staleEpoch, .staleManifest, .draining, .overloaded]))
    }
  }
}
