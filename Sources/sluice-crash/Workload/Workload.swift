// SPDX-License-Identifier: Apache-2.0

/// Chooses what clients do, from the seed.
struct Workload {
  private let catalogue: Catalogue
  private let seed: UInt64
  private var dice: Dice
  private var ordered = 0

  init(seed: UInt64, catalogue: Catalogue) {
    self.seed = seed
    self.catalogue = catalogue
    dice = Dice(seed: seed, stream: 2)
  }

  /// The next thing to do; launches only while there is room.
  mutating func next(ledger: Ledger, open: [Ledger.Entry]) -> Action {
    let known = ledger.all
    let hasRoom = open.count < CrashLimits.openRuns
    switch dice.int(1...100) {
    case 1...20 where !open.isEmpty:
      let entry = dice.pick(open)
      if let run = entry.run { return .cancel(key: entry.order.key, run: run) }
      return .again(entry.order)
    case 21...35 where !known.isEmpty: return .again(dice.pick(known).order)
    case 36...45 where hasRoom: return .launchMany((0..<dice.int(2...3)).map { _ in order() })
    default:
      if !hasRoom, let entry = known.last { return .again(entry.order) }
      return .launch(order())
    }
  }

  /// A launch of everything, to see that everything can still run.
  mutating func everything() -> Order { make(assets: catalogue.keys, partitions: Catalogue.partitions) }

  private mutating func order() -> Order {
    let assets = dice.chance(15) ? catalogue.keys : dice.some(of: catalogue.keys, atMost: 6)
    let partitions = dice.chance(25) ? Catalogue.partitions : dice.some(of: Catalogue.partitions, atMost: 3)
    return make(assets: assets, partitions: partitions)
  }

  private mutating func make(assets: [String], partitions: [String]) -> Order {
    ordered += 1
    let isPartitioned = assets.contains { catalogue.definitions[$0]?.isPartitioned == true }
    return Order(key: "crash-\(seed)-\(ordered)", assets: assets, partitions: isPartitioned ? partitions : [])
  }
}
