// SPDX-License-Identifier: Apache-2.0

/// Random choices from a seed: xoshiro256**, seeded by SplitMix64.
///
/// Each part of a simulation draws from a stream of its own, so that leaving out a launch changes no graph.
struct Dice: RandomNumberGenerator {
  private var a: UInt64
  private var b: UInt64
  private var c: UInt64
  private var d: UInt64

  init(seed: UInt64, stream: UInt64) {
    var state = seed &+ stream &* 0xD1B5_4A32_D192_ED03
    func mixed() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
      return bits ^ (bits >> 31)
    }
    (a, b, c, d) = (mixed(), mixed(), mixed(), mixed())
  }

  mutating func next() -> UInt64 {
    let scaled = b &* 5
    let result = ((scaled << 7) | (scaled >> 57)) &* 9
    let shifted = b << 17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 45) | (d >> 19)
    return result
  }

  mutating func chance(_ probability: Double) -> Bool { Double(next() >> 11) / Double(1 << 53) < probability }

  /// A number of the range, both ends included.
  mutating func int(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  /// - Precondition: the choices are not empty.
  mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
    choices[choices.index(choices.startIndex, offsetBy: int(0...(choices.count - 1)))]
  }

  /// A duration of the range in milliseconds.
  mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(int(range)) }
  mutating func seconds(_ range: ClosedRange<Int>) -> Duration {
    milliseconds((range.lowerBound * 1_000)...(range.upperBound * 1_000))
  }
}
