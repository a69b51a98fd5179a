// SPDX-License-Identifier: Apache-2.0

import AssetModel
import HTTPTypes
import Hummingbird

extension Request {
  /// The W3C trace context that a request is part of.
  ///
  /// Nil without one, and for one that means nothing or comes more than once: the standard asks to go on as if it were not there.
  var trace: TraceContext? {
    let parents = values(of: "traceparent")
    guard parents.count == 1, let parent = parents.first else { return nil }
    let states = values(of: "tracestate")
    return TraceContext(traceparent: parent, tracestate: states.isEmpty ? nil : states.joined(separator: ","))
  }

  private func values(of name: String) -> [String] { HTTPField.Name(name).map { headers[values: $0] } ?? [] }
}
