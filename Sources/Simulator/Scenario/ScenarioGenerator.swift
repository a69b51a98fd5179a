// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Draws a scenario from a seed.
struct ScenarioGenerator {
  private let seed: UInt64
  private let faults: Set<FaultKind>
  private var dice: Dice
  private let names: [LocationName]
  private let horizon: Duration

  init(seed: UInt64, faults: Set<FaultKind>) throws(ModelError) {
    self.seed = seed
    self.faults = faults
    dice = Dice(seed: seed, stream: 2)
    var names: [LocationName] = []
    for name in ["alps", "bay", "cape", "dune"].prefix(dice.int(2...4)) { names.append(try LocationName(name)) }
    self.names = names
    horizon = .seconds(dice.int(900...5_400))
  }

  static func scenario(seed: UInt64, faults: Set<FaultKind>) throws(ModelError) -> Scenario {
    var generator = try ScenarioGenerator(seed: seed, faults: faults)
    return try generator.scenario()
  }

  private mutating func scenario() throws(ModelError) -> Scenario {
    let start = start()
    var manifests = ManifestGenerator(seed: seed, names: names, start: start)
    let first = try manifests.manifests(steps: 3...9)
    var deployments: [LocationName: [Deployment]] = [:]
    for name in names { deployments[name] = try chain(from: first[name], of: name) }
    var actions: [TimedAction] = []
    for _ in 0..<dice.int(2...8) { actions.append(try launch(first)) }
    for _ in 0..<dice.int(0...2) {
      actions.append(TimedAction(after: instant(), action: .cancel(share: Double(dice.int(0...9)) / 10)))
    }
    addSchedules(&actions)
    addFaults(&actions, deployments)
    actions.sort { $0.after < $1.after }
    return Scenario(
      seed: seed, start: start, locations: locations(), deployments: deployments, actions: actions, temper: temper(),
      policy: policy(), horizon: horizon)
  }

  private mutating func instant() -> Duration { dice.milliseconds(0...Int(horizon.components.seconds * 1_000)) }

  /// An ordinary day, or shortly before the clocks of New York go forward, or back.
  private mutating func start() -> Timestamp {
    Timestamp(seconds: dice.pick([1_773_000_000, 1_772_950_000, 1_793_510_000]) + Int64(dice.int(0...3_600)))
  }

  private mutating func locations() -> [LocationDefinition] {
    names.map { LocationDefinition(name: $0, maxInFlight: dice.chance(0.2) ? dice.int(1...2) : nil) }
  }

  private func policy() -> CorePolicy {
    var policy = CorePolicy()
    policy.patience = .seconds(900)
    policy.removalGrace = .seconds(60)
    // Some worlds have no time: a decision looks at one step, and locations rest.
    var dice = Dice(seed: seed, stream: 1_000)
    policy.workPerDecision = dice.pick([1_000, 1_000, 20, 1])
    (policy.workPerSecond, policy.workBurst) = dice.pick([(300_000, 600_000), (300_000, 600_000), (20, 40)])
    return policy
  }

  private mutating func chain(from first: Manifest?, of name: LocationName) throws(ModelError) -> [Deployment] {
    let manifest = first ?? Manifest(location: name, steps: [])
    var chain = [Deployment(manifest: manifest, digest: ManifestDigest("\(name)-0"), slots: dice.int(1...4))]
    var redeployment = Redeployment(dice: Dice(seed: seed, stream: 3 + UInt64(name.description.utf8.first ?? 0)))
    for index in 1...4 {
      chain.append(try redeployment.next(after: chain[index - 1]))
      chain[index].digest = ManifestDigest("\(name)-\(index)")
    }
    return chain
  }

  // MARK: What people do

  private mutating func launch(_ manifests: [LocationName: Manifest]) throws(ModelError) -> TimedAction {
    let keys = manifests.values.flatMap { $0.steps.flatMap { $0.outputs.map(\.key) } }.sorted()
    var text = "*"
    switch dice.int(0...9) {
    case 0: text = "\(dice.pick(names))/*"
    case 1: text = "group:one"
    case 2...7 where !keys.isEmpty:
      let key = dice.pick(keys)
      text = (dice.chance(0.3) ? "+" : "") + key.description + (dice.chance(0.5) ? "+" : "")
      if dice.chance(0.2) { text += ",\(dice.pick(keys))" }
    default: break
    }
    let isKeyed = dice.chance(0.5)
    var request = LaunchRequest(
      try Selection(text), partitions: dice.pick([.all, .all, .latest, .unspecified, .text("k0,k1")]),
      kind: dice.chance(0.2) ? .checksOnly : .materialize, clientKey: isKeyed ? "key\(dice.int(0...999))" : nil)
    // A launch with a key is part of a trace, too; no dice, so that older seeds keep their meaning.
    if let key = request.clientKey, let trace = TraceID(high: 1, low: UInt64(key.count)), let span = SpanID(7) {
      request.trace = TraceContext(traceID: trace, spanID: span, isSampled: key.hasSuffix("1"), state: "vendor=\(key)")
    }
    return TimedAction(after: instant(), action: .launch(request, repeats: isKeyed ? dice.int(0...2) : 0))
  }

  private mutating func addSchedules(_ actions: inout [TimedAction]) {
    if dice.chance(0.2) {
      actions.append(TimedAction(after: instant(), action: .pauseSchedules))
      actions.append(TimedAction(after: instant(), action: .resumeSchedules))
    }
    if dice.chance(0.05) { actions.append(TimedAction(after: instant(), action: .overlappingWorkspace)) }
  }

  // MARK: What goes wrong

  private mutating func addFaults(_ actions: inout [TimedAction], _ deployments: [LocationName: [Deployment]]) {
    for kind in FaultKind.allCases.sorted() {
      // Drawn for every kind, so that leaving one out changes no other.
      let count = dice.chance(0.5) ? dice.int(1...3) : 0
      for _ in 0..<count {
        let fault = fault(kind)
        let timed = TimedAction(after: instant(), action: fault ?? .cancel(share: 0))
        guard fault != nil, faults.contains(kind) else { continue }
        actions.append(timed)
        if case .reload = timed.action {
          actions.append(TimedAction(after: timed.after + dice.seconds(1...300), action: .reload(without: [])))
        }
      }
    }
  }

  private mutating func fault(_ kind: FaultKind) -> Action? {
    let name = dice.pick(names)
    switch kind {
    case .hostCrash: return .crashHost(name, downFor: dice.chance(0.9) ? dice.seconds(0...120) : dice.seconds(600...1_800))
    case .hostDrain: return .drainHost(name, grace: dice.seconds(1...120))
    case .redeploy: return .redeploy(name, index: dice.int(0...4), drains: dice.chance(0.5))
    case .capacityChange: return .changeSlots(name, dice.int(0...4))
    case .sessionBreak: return .breakSession(name)
    case .partition: return .partition(name, until: dice.chance(0.9) ? dice.seconds(5...200) : dice.seconds(900...2_000))
    case .foreignEpoch: return .raiseEpoch(name)
    case .daemonCrash: return .crashDaemon(downFor: dice.seconds(0...120), effectsDone: nil)
    case .daemonCrashBeforeEffects: return .crashDaemon(downFor: dice.seconds(0...60), effectsDone: Double(dice.int(0...10)) / 10)
    case .slowAppend: return .slowAppends(dice.int(1...5), dice.seconds(1...60))
    case .ambiguousAppend: return .failAppend(applied: dice.chance(0.5))
    case .clockJump: return .jumpClock(.zero - .seconds(1_800) + dice.seconds(0...5_400))
    case .workspaceReload: return .reload(without: [name])
    case .strayMessage, .staleDescription, .stepMisbehaviour, .checkMisbehaviour, .lyingHost, .storageRefusal: return nil
    }
  }

  private mutating func temper() -> Temper {
    var dice = Dice(seed: seed, stream: 4)
    func often(_ kind: FaultKind, _ shares: [Double]) -> Double {
      let share = dice.pick(shares)
      return faults.contains(kind) ? share : 0
    }
    return Temper(
      throwing: often(.stepMisbehaviour, [0, 0.05, 0.2]), hanging: often(.stepMisbehaviour, [0, 0, 0.05]),
      mistaken: often(.stepMisbehaviour, [0, 0.02]), deaf: often(.stepMisbehaviour, [0, 0.3, 0.8]),
      failingCheck: often(.checkMisbehaviour, [0, 0.1, 0.3]), erringCheck: often(.checkMisbehaviour, [0, 0.05]),
      forgottenCheck: often(.checkMisbehaviour, [0, 0.03]), lying: often(.lyingHost, [0, 0, 0.2]),
      stray: often(.strayMessage, [0, 0.05, 0.2]),
      staleDescription: often(.staleDescription, [0, 0.2]), refusingStorage: often(.storageRefusal, [0, 0, 0.2]))
  }
}
