// SPDX-License-Identifier: Apache-2.0

/// The trace that an attempt is part of, and the span in it that is the attempt's own.
///
/// Requests that a step makes carry ``headers``, so that what they cause shows below the step.
public struct StepTrace: Hashable, Sendable, Codable {
  /// The trace, and the attempt's own span.
  public let context: TraceContext
  /// The span that launched the run; that of the attempt is its child.
  public let parentID: SpanID

  public init(context: TraceContext, parentID: SpanID) {
    self.context = context
    self.parentID = parentID
  }

  /// The trace of one attempt of a run that was launched within `launch`.
  ///
  /// The attempt's span follows from the attempt and the launching span alone: asked twice, it is the same.
  package init(of attempt: AttemptID, in launch: TraceContext) {
    let span = Self.span(of: attempt, below: launch.spanID)
    self.init(
      context: TraceContext(traceID: launch.traceID, spanID: span, isSampled: launch.isSampled, state: launch.state),
      parentID: launch.spanID)
  }

  public var traceID: TraceID { context.traceID }
  public var spanID: SpanID { context.spanID }
  public var isSampled: Bool { context.isSampled }
  /// The value of the header `traceparent`.
  public var traceparent: String { context.traceparent }
  /// The value of the header `tracestate`, where the launch carried one.
  public var tracestate: String? { context.state }

  /// The headers that a request of the step carries.
  public var headers: [(name: String, value: String)] {
    [("traceparent", traceparent)] + (tracestate.map { [("tracestate", $0)] } ?? [])
  }

  /// Mixes the words that name an attempt until no bit of the result tells of one alone (the finisher of SplitMix64).
  private static func span(of attempt: AttemptID, below parent: SpanID) -> SpanID {
    let words = [
      parent.value, UInt64(attempt.incarnation.value), attempt.step.run.number, UInt64(bitPattern: Int64(attempt.step.ordinal)),
      UInt64(bitPattern: Int64(attempt.number)),
    ]
    var mixed: UInt64 = 0
    for word in words {
      mixed = (mixed ^ word) &+ 0x9E37_79B9_7F4A_7C15
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      mixed ^= mixed >> 31
    }
    // Zero is no span, and a span is not its own parent.
    while mixed == 0 || mixed == parent.value { mixed &+= 1 }
    return SpanID(mixed) ?? parent
  }
}
