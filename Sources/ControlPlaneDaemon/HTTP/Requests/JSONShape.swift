// SPDX-License-Identifier: Apache-2.0

package import ControlPlaneAPI

/// How deep a JSON text is nested, and how many values are in it; counted without decoding it, and also where it is malformed.
package struct JSONShape: Hashable, Sendable {
  package private(set) var depth = 0
  package private(set) var values = 1

  package init(_ text: some Sequence<UInt8>) {
    var open = 0
    var isInString = false
    var isEscaped = false
    for byte in text {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        open += 1
        values += 1
        depth = max(depth, open)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): open = max(0, open - 1)
      case UInt8(ascii: ","): values += 1
      default: break
      }
    }
  }

  /// - Throws: ``APIError`` for a text beyond the limits.
  package func check() throws(APIError) {
    guard depth <= APILimits.jsonDepth else {
      throw APIError(.badRequest, "the body is nested more than \(APILimits.jsonDepth) deep")
    }
    guard values <= APILimits.jsonValues else {
      throw APIError(.tooLarge, "the body has more than \(APILimits.jsonValues) values", mend: "send several requests")
    }
  }
}
