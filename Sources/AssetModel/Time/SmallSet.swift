// SPDX-License-Identifier: Apache-2.0

/// A set of numbers from 0 to 31, such as the days of a month.
struct SmallSet: Hashable, Sendable {
  private var bits: UInt32 = 0

  init() {}
  init(_ members: [Int]) { for member in members { bits |= 1 << UInt32(member) } }
  private init(bits: UInt32) { self.bits = bits }

  /// Every seventh number from one on.
  static func weekly(from first: Int) -> Self { Self(bits: (1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28) << UInt32(first)) }

  func contains(_ member: Int) -> Bool { bits & 1 << UInt32(member) != 0 }
  var first: Int? { bits == 0 ? nil : bits.trailingZeroBitCount }

  mutating func formUnion(_ other: Self) { bits |= other.bits }
  func union(_ other: Self) -> Self { Self(bits: bits | other.bits) }
  func intersection(_ other: Self) -> Self { Self(bits: bits & other.bits) }
  /// The members that are not less than a number.
  func from(_ number: Int) -> Self { Self(bits: bits & .max << UInt32(number)) }
  /// The members that are not greater than a number.
  func through(_ number: Int) -> Self { Self(bits: bits & ~(.max << UInt32(number + 1))) }
}
