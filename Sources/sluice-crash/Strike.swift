// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI

/// One blow: who is killed, when, how long they stay down, and what follows.
struct Strike: Sendable, CustomStringConvertible {
  enum Moment: Sendable, Hashable {
    /// As soon as a request was acknowledged.
    case acknowledged
    /// While a request is on its way.
    case asked
    /// As soon as the journal has told of the next event of a kind.
    case event(LiveEvent.Kind)
    /// As soon as some version lies staged, wholly or partly, and is not settled.
    case staging
    /// Whenever it happens.
    case running
    /// When nothing is left to do.
    case rest

    var name: String {
      switch self {
      case .acknowledged: "acknowledged"
      case .asked: "asked"
      case .event(let kind): kind.rawValue
      case .staging: "staging"
      case .running: "running"
      case .rest: "at rest"
      }
    }
  }

  /// The daemon that is stopped where it is, and goes on later, instead of the victims' death.
  let freezes: Victim?
  /// In the order in which they die, and rise again.
  let victims: [Victim]
  let moment: Moment
  /// How many requests come before.
  let actions: Int
  /// Between the moment and the blow.
  let delay: Duration
  /// Between the blow and the restart.
  let down: Duration
  /// After each of these the restarted ones are killed again.
  let again: [Duration]
  /// Whether the system comes to rest, and is compared with the model, before the next blow.
  let rests: Bool

  var description: String {
    let names = victims.map(\.rawValue).joined(separator: "+")
    let repeated = again.isEmpty ? "" : ", and again after \(again.map(\.words).joined(separator: ", "))"
    if let freezes {
      return "\(freezes.rawValue), \(moment.name) + \(delay.words), stands still for \(down.words)"
    }
    return "\(names), \(moment.name) + \(delay.words), down for \(down.words)\(repeated)"
  }
}

extension Duration {
  /// Whole milliseconds.
  var words: String { "\(Int(seconds * 1_000)) ms" }
}

/// Chooses the blows, from the seed.
struct Strikes {
  private var dice: Dice
  private let all: [Victim]

  /// What a blow may be aimed at: each lies between two durable decisions about one step.
  static let events: [LiveEvent.Kind] = [
    .runStarted, .stepGranted, .stepStarted, .checkEvaluated, .versionPromoted, .versionRejected, .versionDiscarded, .stepEnded,
    .runEnded,
  ]

  /// In percent, how many of the blows hit the store's server alone, where there is one, and how many stop a daemon where it is, where
  /// there are two.
  private static let postgresShare = 25
  private static let freezeShare = 25

  init(seed: UInt64, victims: [Victim]) {
    dice = Dice(seed: seed, stream: 1)
    all = victims
  }

  mutating func next() -> Strike {
    let moment = moment()
    let atOnce = moment == .acknowledged || moment == .asked
    let freezes = freezes()
    return Strike(
      freezes: freezes, victims: freezes == nil ? victims() : [], moment: moment, actions: dice.int(1...3),
      delay: atOnce ? dice.milliseconds(0...5) : moment == .running ? dice.milliseconds(0...600) : dice.milliseconds(0...10),
      down: freezes == nil ? (dice.chance(50) ? .zero : dice.milliseconds(0...400)) : standstill(),
      again: freezes == nil ? again() : [], rests: dice.chance(50))
  }

  private mutating func freezes() -> Victim? {
    let daemons = Victim.daemons.filter { all.contains($0) }
    guard daemons.count > 1, dice.chance(Self.freezeShare) else { return nil }
    return dice.pick(daemons)
  }

  /// Shorter than the lease, about as long, and longer.
  private mutating func standstill() -> Duration {
    dice.chance(30)
      ? dice.milliseconds(50...2_000) : dice.chance(50) ? dice.milliseconds(2_500...4_000) : dice.milliseconds(4_000...8_000)
  }

  private mutating func moment() -> Strike.Moment {
    switch dice.int(1...100) {
    case 1...20: .acknowledged
    case 21...35: .asked
    case 36...65: .event(dice.pick(Self.events))
    case 66...78: .staging
    case 79...94: .running
    default: .rest
    }
  }

  private mutating func victims() -> [Victim] {
    if all.contains(.postgres), dice.chance(Self.postgresShare) { return [.postgres] }
    switch dice.int(1...100) {
    case 1...45: return [dice.pick(Victim.daemons.filter { all.contains($0) })]
    case 46...62: return [.alpha]
    case 63...80: return [.beta]
    case 81...94: return Array(all.shuffled(using: &dice).prefix(2))
    default: return all.shuffled(using: &dice)
    }
  }

  private mutating func again() -> [Duration] {
    guard dice.chance(20) else { return [] }
    return (0..<dice.int(1...2)).map { _ in dice.milliseconds(dice.chance(50) ? 0...20 : 0...250) }
  }
}
