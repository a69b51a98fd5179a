// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The trace in which a command was called, as CI systems and `otel-cli` hand it on: `TRACEPARENT` and `TRACESTATE`.
package struct CallingTrace: Hashable, Sendable {
  package let context: TraceContext?
  /// Why what the environment says is left aside.
  package let note: String?

  package init(_ environment: [String: String]) {
    guard let parent = environment["TRACEPARENT"], !parent.isEmpty else {
      (context, note) = (nil, nil)
      return
    }
    context = TraceContext(traceparent: parent, tracestate: environment["TRACESTATE"])
    note = context == nil ? "TRACEPARENT is no W3C trace context, and is left aside: write 00-TRACE-SPAN-FLAGS" : nil
  }
}
