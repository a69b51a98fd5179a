// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What a peer sent that cannot be taken: the field, what is wrong with it, and what is expected.
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of refusal it is; more may be added.
  package struct Code: Hashable, Sendable {
    private enum Wrapped { case malformed, overLimit, outOfOrder, unproven }
    private let wrapped: Wrapped

    /// A value that means nothing, or a required one that is absent.
    package static let malformed = Code(wrapped: .malformed)
    /// A value that is larger than a named limit.
    package static let overLimit = Code(wrapped: .overLimit)
    /// A message that may not come now.
    package static let outOfOrder = Code(wrapped: .outOfOrder)
    /// Commands that do not prove whose they are.
    package static let unproven = Code(wrapped: .unproven)
  }

  package let code: Code
  /// Where, from the outermost message: `steps[3].outputs[0].key`; empty for a message as a whole.
  package let field: String
  package let message: String

  package init(_ code: Code, field: String = "", _ message: String) {
    self.code = code
    // Both may quote what a peer sent.
    self.field = field.cut(toBytes: WireLimits.errorBytes / 2, mark: "…")
    self.message = message.cut(toBytes: WireLimits.errorBytes, mark: "…")
  }

  package var description: String { field.isEmpty ? message : "\(field): \(message)" }

  /// The same error, seen from the message that contains this one.
  func within(_ outer: String) -> WireError {
    let separator = field.isEmpty || field.hasPrefix("[") ? "" : "."
    return WireError(code, field: outer + separator + field, message)
  }
}
