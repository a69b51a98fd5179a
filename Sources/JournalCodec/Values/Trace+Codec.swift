// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

extension PBTrace {
  init(_ context: TraceContext) {
    self.init()
    traceID = Data((context.traceID.high.bigEndianBytes + context.traceID.low.bigEndianBytes))
    spanID = context.spanID.value
    isSampled = context.isSampled
    state = context.state ?? ""
  }

  func context() throws -> TraceContext {
    guard traceID.count == 16, let trace = TraceID(high: UInt64(traceID.prefix(8)), low: UInt64(traceID.suffix(8))),
      let span = SpanID(spanID)
    else { throw CodecProblem("a trace without an identifier") }
    return TraceContext(traceID: trace, spanID: span, isSampled: isSampled, state: state.isEmpty ? nil : state)
  }
}

extension UInt64 {
  fileprivate init(_ bytes: Data) { self = bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  fileprivate var bigEndianBytes: [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> UInt64($0)) }
  }
}
