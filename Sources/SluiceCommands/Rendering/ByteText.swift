// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Sizes as people read them.
package enum ByteText {
  /// `812 bytes`, `5.3 MB`.
  package static func of(_ bytes: UInt64) -> Shown {
    let units = [(UInt64(1_000_000_000), "GB"), (1_000_000, "MB"), (1_000, "kB")]
    for (size, name) in units where bytes >= size {
      let tenths = (bytes * 10 + size / 2) / size
      return "\(tenths / 10).\(tenths % 10) \(name)"
    }
    return bytes == 1 ? "1 byte" : "\(bytes) bytes"
  }
}
