// SPDX-License-Identifier: Apache-2.0

/// Whose work something is part of, across systems: a trace and one span in it, as the W3C's *Trace Context* (level 1) defines
/// them.
///
/// It is handed on and never made up: what nobody traces has none.
public struct TraceContext: Hashable, Sendable, CustomStringConvertible {
  /// The trace, over all systems.
  public let traceID: TraceID
  /// The span that whoever takes part next is a child of.
  public let spanID: SpanID
  /// Whether whoever began the trace records it.
  public let isSampled: Bool
  /// What tracing systems add, the value of the header `tracestate`; opaque here.
  public let state: String?

  /// A context of these parts; a malformed state is left out, and harms nothing.
  public init(traceID: TraceID, spanID: SpanID, isSampled: Bool, state: String? = nil) {
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
    self.state = state.flatMap { TraceState.validated($0) }
  }

  /// Parses the values of the headers `traceparent` and `tracestate`; nil where the first means nothing, as the standard says.
  ///
  /// The first is read strictly: lower-case digits, no identifier of zeros, and exactly the standard's length. Of a version beyond
  /// 00 the parts that 00 defines are read.
  public init?(traceparent: String, tracestate: String? = nil) {
    let text = Array(traceparent.utf8)
    guard text.count >= Self.length, let version = Hexadecimal.value(text[0..<2]), version != 0xFF else { return nil }
    guard text.count == Self.length || (version > 0 && text[Self.length] == Self.dash) else { return nil }
    guard [2, 35, 52].allSatisfy({ text[$0] == Self.dash }), let trace = TraceID(digits: text[3..<35]),
      let span = SpanID(digits: text[36..<52]), let flags = Hexadecimal.value(text[53..<55])
    else { return nil }
    self.init(traceID: trace, spanID: span, isSampled: flags & 1 == 1, state: tracestate)
  }

  /// The value of the header `traceparent`, of version 00.
  public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }
  public var description: String { traceparent }

  private static let length = 55
  private static let dash = UInt8(ascii: "-")
}

extension TraceContext: Codable {
  private enum CodingKeys: CodingKey { case traceparent, tracestate }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let text = try fields.decode(String.self, forKey: .traceparent)
    let state = try fields.decodeIfPresent(String.self, forKey: .tracestate)
    guard let context = TraceContext(traceparent: text, tracestate: state) else {
      throw DecodingError.dataCorruptedError(
        forKey: .traceparent, in: fields, debugDescription: "'\(text.quoted)' is no trace context")
    }
    self = context
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(traceparent, forKey: .traceparent)
    try fields.encodeIfPresent(state, forKey: .tracestate)
  }
}

/// A trace's identifier: 128 bits, of which at least one is set.
public struct TraceID: Hashable, Sendable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  /// Nil for zero, which is no trace.
  public init?(high: UInt64, low: UInt64) {
    guard high != 0 || low != 0 else { return nil }
    self.high = high
    self.low = low
  }

  init?(digits: ArraySlice<UInt8>) {
    guard let high = Hexadecimal.value(digits.prefix(16)), let low = Hexadecimal.value(digits.dropFirst(16)) else { return nil }
    self.init(high: high, low: low)
  }

  /// Thirty-two hexadecimal digits.
  public var description: String { Hexadecimal.digits(high) + Hexadecimal.digits(low) }
}

/// A span's identifier within its trace: 64 bits, of which at least one is set.
public struct SpanID: Hashable, Sendable, CustomStringConvertible {
  public let value: UInt64

  /// Nil for zero, which is no span.
  public init?(_ value: UInt64) {
    guard value != 0 else { return nil }
    self.value = value
  }

  /// Parses sixteen lower-case hexadecimal digits.
  public init?(_ text: String) { self.init(digits: Array(text.utf8)[...]) }

  init?(digits: ArraySlice<UInt8>) {
    guard digits.count == 16, let value = Hexadecimal.value(digits) else { return nil }
    self.init(value)
  }

  /// Sixteen hexadecimal digits.
  public var description: String { Hexadecimal.digits(value) }
}

extension SpanID: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let span = SpanID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text.quoted)' is no span's identifier")
    }
    self = span
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Lower-case hexadecimal digits, the only ones that the standard takes.
private enum Hexadecimal {
  static func value(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }

  static func digits(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
