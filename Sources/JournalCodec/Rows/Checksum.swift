// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// CRC-32 (IEEE 802.3), by which a torn or altered record is told from a good one.
package enum Checksum {
  private static let table: [UInt32] = (0..<256).map { index in
    // An index of the table fits.
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  /// - Parameter previous: The checksum of the bytes before these, where they are a part of more.
  package static func crc32(_ bytes: Data, after previous: UInt32 = 0) -> UInt32 {
    let table = table
    return bytes.withUnsafeBytes { bytes in
      // A byte fits.
      ~bytes.reduce(~previous) { table[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
    }
  }
}
