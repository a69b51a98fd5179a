// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import Orchestrator

/// Row numbers in a blob, eight bytes each, the lowest first.
package enum RowNumbers {
  package static func encode(_ rows: [Int64]) -> Data {
    Data(rows.flatMap { row in (0..<8).map { UInt8(truncatingIfNeeded: row >> (8 * $0)) } })
  }

  package static func decode(_ bytes: Data) throws(JournalError) -> [Int64] {
    let bytes = Array(bytes)
    guard bytes.count.isMultiple(of: 8) else { throw JournalError(.damaged, "a step's versions are cut") }
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      (0..<8).reduce(0) { $0 | Int64(bytes[start + $1]) << (8 * $1) }
    }
  }
}
