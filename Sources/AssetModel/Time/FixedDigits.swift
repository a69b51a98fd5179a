// SPDX-License-Identifier: Apache-2.0

/// Numbers of a fixed count of digits within bytes of ASCII: partition keys are written and read at every step.
package enum FixedDigits {
  /// The number that the digits of a range spell; nil where one is none, or the range lies outside of the bytes.
  package static func read(_ range: Range<Int>, of bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard range.upperBound <= bytes.count else { return nil }
    var number = 0
    for index in range {
      let digit = Int(bytes[index]) - 48
      guard (0...9).contains(digit) else { return nil }
      number = number * 10 + digit
    }
    return number
  }

  /// The seconds that `hh:mm` says; nil where it is no time of a day.
  package static func clock(at start: Int, of bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard start + 5 <= bytes.count, bytes[start + 2] == UInt8(ascii: ":"),
      let hour = read(start..<(start + 2), of: bytes), hour < 24,
      let minute = read((start + 3)..<(start + 5), of: bytes), minute < 60
    else { return nil }
    return hour * 3_600 + minute * 60
  }

  /// Writes the last digits of a number that is not negative.
  static func write(_ number: Int, in range: Range<Int>, of bytes: UnsafeMutableBufferPointer<UInt8>) {
    var rest = number
    for index in range.reversed() {
      bytes[index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    }
  }
}

extension StringProtocol {
  /// Reads the text's bytes where they lie.
  package func withASCII<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
  }
}
