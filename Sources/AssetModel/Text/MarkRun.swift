// SPDX-License-Identifier: Apache-2.0

/// Counts combining marks that follow each other, by the bytes of UTF-8 or by scalars.
///
/// Swift compares and hashes text in its canonical form, and orders the marks of one run by insertion: in time that is quadratic in
/// the run. So text of others has bounded runs before anything compares it.
package struct MarkRun {
  /// Of the run that the last scalar belongs to; 0 where that is no mark.
  package private(set) var length = 0
  private var scalar: UInt32 = 0
  /// Bytes that the scalar still lacks.
  private var missing = 0

  package init() {}

  /// Takes the next byte. What is no UTF-8 ends no run and hides no mark: each mark begins with a byte that begins a scalar.
  package mutating func take(_ byte: UInt8) {
    switch byte {
    case ..<0x80: (length, missing) = (0, 0)
    case ..<0xC0:
      guard missing > 0 else { return }
      scalar = scalar << 6 | UInt32(byte & 0x3F)
      missing -= 1
      if missing == 0 { take(scalar: scalar) }
    case ..<0xE0: (scalar, missing) = (UInt32(byte & 0x1F), 1)
    case ..<0xF0: (scalar, missing) = (UInt32(byte & 0x0F), 2)
    default: (scalar, missing) = (UInt32(byte & 0x07), 3)
    }
  }

  package mutating func take(scalar value: UInt32) { length = Self.isMark(value) ? length + 1 : 0 }

  /// Whether a scalar is put in order among its neighbours, or decomposes into such scalars alone.
  private static func isMark(_ value: UInt32) -> Bool {
    switch value {
    // Han and Hangul, of which no scalar is.
    case ..<0x300, 0x3400..<0xA000, 0xAC00..<0xD7A4: false
    // Starters by their class, and yet no starter is in what they decompose into.
    case 0x0F73, 0x0F75, 0x0F81: true
    default: Unicode.Scalar(value).map { $0.properties.canonicalCombiningClass != .notReordered } ?? false
    }
  }

  /// Whether no run in a text is longer than a limit.
  package static func isWithin(_ limit: Int, _ utf8: UnsafeRawBufferPointer) -> Bool {
    // No mark begins with a lower byte, and in most text there is none.
    guard let first = utf8.firstIndex(where: { $0 >= 0xCC }) else { return true }
    var run = MarkRun()
    for byte in utf8[first...] {
      run.take(byte)
      if run.length > limit { return false }
    }
    return true
  }
}

extension StringProtocol {
  /// Whether it has no more combining marks in a row than ``Limits/combiningMarks``, or another limit.
  package func hasMarks(within limit: Int = Limits.combiningMarks) -> Bool {
    utf8.withContiguousStorageIfAvailable { MarkRun.isWithin(limit, UnsafeRawBufferPointer($0)) }
      ?? Array(utf8).withUnsafeBytes { MarkRun.isWithin(limit, $0) }
  }

  /// This text, of which runs of combining marks keep the first ``Limits/combiningMarks``.
  package var boundingMarks: String {
    guard !hasMarks() else { return String(self) }
    var kept = String.UnicodeScalarView()
    var run = MarkRun()
    for scalar in unicodeScalars {
      run.take(scalar: scalar.value)
      if run.length <= Limits.combiningMarks { kept.append(scalar) }
    }
    return String(kept)
  }
}
