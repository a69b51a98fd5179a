// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Draws a workspace's definitions: assets in one order over all teams, so that most of them form no cycle.
struct ManifestGenerator {
  var dice: Dice
  let names: [LocationName]
  /// Windows begin shortly before it: a world stays small whatever its date.
  private let start: Timestamp
  private var drafts: [LocationName: [StepSpec]] = [:]
  /// Every asset so far with its partitions, in the order in which they may be read.
  private var known: [(key: AssetKey, space: PartitionSpace, location: LocationName)] = []
  private var count = 0

  init(seed: UInt64, names: [LocationName], start: Timestamp) {
    dice = Dice(seed: seed, stream: 1)
    self.names = names
    self.start = start
  }

  mutating func manifests(steps: ClosedRange<Int>) throws(ModelError) -> [LocationName: Manifest] {
    for name in names { drafts[name] = [] }
    for _ in 0..<dice.int(steps) { try addStep(of: dice.pick(names)) }
    if dice.chance(0.15) { try addForeignStep() }
    if dice.chance(0.12) { try closeCycle() }
    var result: [LocationName: Manifest] = [:]
    for name in names {
      result[name] = Manifest(location: name, steps: drafts[name] ?? [], schedules: try schedules(of: name))
    }
    return result
  }

  // MARK: Steps

  private mutating func addStep(of name: LocationName) throws(ModelError) {
    let space = try space()
    let outputs = dice.chance(0.15) ? 2 : 1
    var specs: [AssetSpec] = []
    for _ in 0..<outputs { specs.append(try asset("\(name)/a\(count)", space, name)) }
    var dependencies: [DependencySpec] = []
    for _ in 0..<dice.int(0...3) where !known.isEmpty { try addDependency(to: &dependencies, of: space, but: specs) }
    drafts[name, default: []].append(
      StepSpec(
        name: specs[0].key.description, partitions: space, dependencies: dependencies, outputs: specs, retry: retry(),
        timeout: .seconds(dice.int(40...240))))
    for spec in specs { known.append((spec.key, space, name)) }
  }

  private mutating func asset(_ key: String, _ space: PartitionSpace, _ name: LocationName) throws(ModelError) -> AssetSpec {
    count += 1
    var checks: [CheckSpec] = []
    for index in 0..<dice.pick([0, 0, 1, 1, 1, 2, 3]) {
      checks.append(CheckSpec(name: "c\(index)", severity: dice.chance(0.75) ? .block : .warn))
    }
    let shared = dice.chance(0.9) ? names.filter { $0 != name } : []
    return AssetSpec(
      key: try AssetKey(key), group: dice.pick(["one", "two"]), sharedWith: shared,
      output: OutputSpec(
        scheme: dice.chance(0.03) ? "odd" : dice.chance(0.15) ? Locator.inlineScheme : "file", format: "jsonl/1",
        isProcessLocal: dice.chance(0.02)),
      checks: checks)
  }

  private mutating func addDependency(
    to dependencies: inout [DependencySpec], of space: PartitionSpace, but outputs: [AssetSpec]
  ) throws(ModelError) {
    var upstream = dice.pick(known)
    if dice.chance(0.03) { upstream.key = try AssetKey("\(dice.pick(names))/nobody") }
    guard !dependencies.contains(where: { $0.upstream == upstream.key }) else { return }
    let isAlike = space.isComparable(with: upstream.space)
    dependencies.append(
      DependencySpec(
        upstream: upstream.key, mapping: isAlike && dice.chance(0.75) ? .identity : .all,
        binding: dice.chance(0.12) ? .lastKnownGood : .gated,
        partitions: dice.chance(0.97) ? upstream.space : try self.space(), loadableSchemes: ["file", Locator.inlineScheme]))
  }

  private mutating func addForeignStep() throws(ModelError) {
    let name = dice.pick(names)
    let victim = dice.pick(names)
    let spec = try asset("\(victim)/foreign", .single, name)
    drafts[name, default: []].append(StepSpec(name: "foreign", outputs: [spec]))
  }

  /// Lets an early asset read a late one.
  private mutating func closeCycle() throws(ModelError) {
    guard let first = known.first, let last = known.last, first.key != last.key,
      let index = drafts[first.location]?.firstIndex(where: { $0.outputs.contains { $0.key == first.key } }),
      let step = drafts[first.location]?[index], !step.dependencies.contains(where: { $0.upstream == last.key })
    else { return }
    let edge = DependencySpec(
      upstream: last.key, mapping: .all, partitions: last.space, loadableSchemes: ["file", Locator.inlineScheme])
    drafts[first.location]?[index] = step.reading(step.dependencies + [edge])
  }

  private mutating func retry() -> RetryPolicy {
    dice.chance(0.4) ? .none : RetryPolicy(maxAttempts: dice.int(2...3), delay: dice.seconds(1...20), jitter: 0.5)
  }

  private mutating func space() throws(ModelError) -> PartitionSpace {
    switch dice.int(0...9) {
    case 0...4: return .single
    case 5...7: return .keys(try StaticKeys((0..<dice.int(2...4)).map { "k\($0)" }))
    case 8: return .daily(try dailyWindows())
    default: return .hourly(try hourlyWindows())
    }
  }

  private mutating func dailyWindows() throws(ModelError) -> DailyWindows {
    let today = Int(start.microseconds / 86_400_000_000)
    let first = CivilDate(daysSince1970: today - dice.int(2...4))
    return try DailyWindows(
      first: first, last: dice.chance(0.5) ? first.advanced(by: 2) : nil, zone: try zone(), includingOpenWindow: dice.chance(0.3))
  }

  private mutating func hourlyWindows() throws(ModelError) -> HourlyWindows {
    let hour = Timestamp(seconds: start.microseconds / 3_600_000_000 * 3_600)
    return HourlyWindows(
      start: hour + .seconds(-3_600 * dice.int(1...3)), limit: dice.chance(0.5) ? dice.int(1...4) : nil, zone: try zone(),
      includingOpenWindow: dice.chance(0.3))
  }

  private mutating func zone() throws(ModelError) -> Zone { try Zone(dice.chance(0.5) ? "UTC" : "America/New_York") }

  private mutating func schedules(of name: LocationName) throws(ModelError) -> [ScheduleSpec] {
    guard dice.chance(0.4) else { return [] }
    let cron = try CronExpression(dice.pick(["*/20 * * * *", "0 * * * *", "30 2 * * *", "5,50 * * * *"]))
    return [
      ScheduleSpec(
        name: "s", cron: cron, zone: try Zone(dice.chance(0.3) ? "UTC" : "America/New_York"),
        selection: try Selection(dice.chance(0.7) ? "\(name)/*" : "*"), partition: dice.chance(0.7) ? .latest : .all)
    ]
  }
}

extension StepSpec {
  func reading(_ dependencies: [DependencySpec]) -> StepSpec {
    StepSpec(
      name: name, partitions: partitions, dependencies: dependencies, outputs: outputs, retry: retry, timeout: timeout,
      codeVersion: codeVersion)
  }

  func yielding(_ outputs: [AssetSpec]) -> StepSpec {
    StepSpec(
      name: name, partitions: partitions, dependencies: dependencies, outputs: outputs, retry: retry, timeout: timeout,
      codeVersion: codeVersion)
  }
}

extension AssetSpec {
  func checked(by checks: [CheckSpec]) -> AssetSpec {
    AssetSpec(
      key: key, description: description, group: group, tags: tags, kinds: kinds, owners: owners, sharedWith: sharedWith,
      output: output, checks: checks)
  }
}
