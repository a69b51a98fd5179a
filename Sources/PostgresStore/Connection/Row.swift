// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Foundation
package import Orchestrator

/// One row of an answer; columns are counted from 0.
package struct Row {
  let rows: ResultRows
  let index: Int

  package func optionalInt(_ column: Int) -> Int64? {
    rows.withBytes(index, column) { bytes in
      guard let bytes, !bytes.isEmpty, bytes.count <= 8 else { return nil }
      // Two's complement: the sign is that of the first byte.
      return bytes.dropFirst().reduce(Int64(Int8(bitPattern: bytes[0]))) { $0 << 8 | Int64($1) }
    }
  }

  package func optionalText(_ column: Int) -> String? {
    rows.withBytes(index, column) { $0.map { String(decoding: $0, as: UTF8.self) } }
  }

  package func optionalData(_ column: Int) -> Data? { rows.withBytes(index, column) { $0.map { Data($0) } } }

  package func int(_ column: Int) throws(JournalError) -> Int64 { try present(optionalInt(column), column) }
  package func text(_ column: Int) throws(JournalError) -> String { try present(optionalText(column), column) }
  package func data(_ column: Int) throws(JournalError) -> Data { try present(optionalData(column), column) }

  func instant(_ column: Int) -> Timestamp? { optionalInt(column).map { Timestamp(microseconds: $0) } }

  private func present<Value>(_ value: Value?, _ column: Int) throws(JournalError) -> Value {
    guard let value else { throw JournalError(.damaged, "a row of the store lacks a value, in column \(column)") }
    return value
  }
}

extension ResultRows: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { count }
  package subscript(index: Int) -> Row { Row(rows: self, index: index) }
}
