// SPDX-License-Identifier: Apache-2.0

/// Protobuf messages put together from parts that are encoded by themselves.
///
/// SwiftProtobuf measures each nested message once more for every level that it lies below, which for many small parts takes longer than
/// writing them.
extension [UInt8] {
  /// Adds a field that holds an encoded message: its tag, its length and its bytes.
  ///
  /// - Precondition: `number` is above 0.
  package mutating func appendField(_ number: UInt32, _ message: [UInt8]) {
    appendVarint(UInt64(number) << 3 | lengthDelimited)
    appendVarint(UInt64(message.count))
    append(contentsOf: message)
  }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }
}

/// The wire type of what has a length.
private let lengthDelimited: UInt64 = 2
