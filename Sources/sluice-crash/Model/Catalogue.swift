// SPDX-License-Identifier: Apache-2.0

/// What the two instances of `CrashLocation` define, as the model knows it.
struct Catalogue: Sendable {
  struct Definition: Sendable {
    let key: String
    let step: String
    let isPartitioned: Bool
    let reads: [Reading]
    /// Whether one attempt of three makes a version that a check condemns.
    let mayBeBad: Bool
  }

  struct Reading: Sendable {
    let key: String
    let isLastKnownGood: Bool
  }

  static let partitions = ["p0", "p1", "p2", "p3"]
  static let doomed = "doomed"
  static let flaky = "flaky"

  let definitions: [String: Definition]
  var keys: [String] { definitions.keys.sorted() }

  init() {
    let all = Victim.locations.flatMap { location in
      Self.definitions(of: location.rawValue, other: location == .alpha ? Victim.beta.rawValue : Victim.alpha.rawValue)
    }
    definitions = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })
  }

  private static func definitions(of name: String, other: String) -> [Definition] {
    func make(
      _ short: String, step: String? = nil, partitioned: Bool = true, reads: [String] = [], lastKnownGood: Bool = false,
      mayBeBad: Bool = false
    ) -> Definition {
      Definition(
        key: "\(name)/\(short)", step: "\(name)/\(step ?? short)", isPartitioned: partitioned,
        reads: reads.map { Reading(key: $0, isLastKnownGood: lastKnownGood) }, mayBeBad: mayBeBad)
    }
    let source = "\(name)/source"
    return [
      make("source"), make("gated", reads: [source], mayBeBad: true), make(flaky, reads: [source]),
      make("left", step: "pair", reads: [source]), make("right", step: "pair", reads: [source], mayBeBad: true),
      make("joined", reads: [source, "\(other)/gated"]), make("steady", reads: ["\(other)/gated"], lastKnownGood: true),
      make("report", partitioned: false, reads: [source]), make(doomed, partitioned: false),
    ]
  }

  /// Every asset partition.
  var places: [Place] {
    keys.flatMap { key in
      definitions[key]?.isPartitioned == true
        ? Self.partitions.map { Place(asset: key, partition: $0) } : [Place(asset: key, partition: "")]
    }
  }

  /// How many steps a launch comes to.
  func stepCount(of order: Order) -> Int {
    let chosen = order.assets.compactMap { definitions[$0] }
    let steps = Dictionary(chosen.map { ($0.step, $0.isPartitioned) }) { first, _ in first }
    return steps.values.reduce(0) { $0 + ($1 ? order.partitions.count : 1) }
  }

  /// Whether the attempt's numbers make its version bad: the rule of `CrashLocation`.
  static func isBad(run: UInt64, ordinal: Int, attempt: Int) -> Bool { (Int(run % 1_000) + ordinal + attempt) % 3 == 0 }
}

/// A launch, as the workload asks for it.
struct Order: Hashable, Sendable {
  let key: String
  let assets: [String]
  /// Empty where nothing chosen is partitioned.
  let partitions: [String]
}
