// SPDX-License-Identifier: Apache-2.0

/// Random choices from a seed: SplitMix64. Each part of a campaign draws from a stream of its own.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64, stream: UInt64) { state = seed &+ stream &* 0xD1B5_4A32_D192_ED03 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  mutating func chance(_ percent: Int) -> Bool { int(1...100) <= percent }

  /// A number of the range, both ends included.
  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(int(range)) }

  /// - Precondition: the choices are not empty.
  mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[int(0...(choices.count - 1))] }

  /// Some of the choices, at least one, in their order.
  mutating func some<Choice>(of choices: [Choice], atMost limit: Int) -> [Choice] {
    let count = int(1...min(limit, choices.count))
    return choices.indices.shuffled(using: &self).prefix(count).sorted().map { choices[$0] }
  }
}
