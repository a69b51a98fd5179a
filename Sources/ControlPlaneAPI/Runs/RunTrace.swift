// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The W3C trace context in which a run was launched.
package struct RunTrace: Hashable, Sendable, Codable {
  /// The trace, 32 hexadecimal digits.
  package let traceID: String
  /// The span that launched the run, 16 hexadecimal digits.
  package let parentID: String
  package let sampled: Bool
  /// The value of `tracestate`.
  package let state: String?

  // The names that the coder's conversion from and to snake case goes through.
  private enum CodingKeys: String, CodingKey {
    case traceID = "traceId"
    case parentID = "parentId"
    case sampled, state
  }

  package init(_ context: TraceContext) {
    traceID = context.traceID.description
    parentID = context.spanID.description
    sampled = context.isSampled
    state = context.state
  }
}
