// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI

/// What is bounded of a JSON text before it is decoded; also where it is malformed.
package struct JSONShape: Hashable, Sendable {
  private let scan: JSONScan

  /// How deep it is nested.
  package var depth: Int { scan.depth }
  /// How many values are in it.
  package var values: Int { scan.values }

  package init(_ text: some Sequence<UInt8>) {
    scan =
      text.withContiguousStorageIfAvailable { JSONScan(UnsafeRawBufferPointer($0)) }
      ?? Array(text).withUnsafeBytes { JSONScan($0) }
  }

  /// - Throws: ``APIError`` for a text beyond the limits.
  package func check() throws(APIError) {
    guard !scan.isForeign else {
      throw APIError(.badRequest, "the body is not in UTF-8: it has a zero byte, or begins as UTF-16 does")
    }
    guard depth <= APILimits.jsonDepth else {
      throw APIError(.badRequest, "the body is nested more than \(APILimits.jsonDepth) deep")
    }
    guard values <= APILimits.jsonValues else {
      throw APIError(.tooLarge, "the body has more than \(APILimits.jsonValues) values", mend: "send several requests")
    }
    guard scan.marks <= Limits.combiningMarks else {
      throw APIError(
        .badRequest, "a text of the body has more than \(Limits.combiningMarks) combining marks in a row (combiningMarks)")
    }
  }
}
