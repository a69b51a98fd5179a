// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

private let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
private let span = "00f067aa0ba902b7"

@Suite("W3C trace contexts") struct TraceContextTests {
  @Test(
    "What the standard writes is read, and written again in version 00",
    arguments: [
      ("00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01"),
      ("00-\(trace)-\(span)-00", "00-\(trace)-\(span)-00"),
      // Flags that version 00 does not define are set to zero.
      ("00-\(trace)-\(span)-ff", "00-\(trace)-\(span)-01"),
      ("00-\(trace)-\(span)-02", "00-\(trace)-\(span)-00"),
      // One bit is enough to be an identifier.
      ("00-00000000000000000000000000000001-0000000000000001-01", "00-00000000000000000000000000000001-0000000000000001-01"),
      ("00-10000000000000000000000000000000-1000000000000000-01", "00-10000000000000000000000000000000-1000000000000000-01"),
      // Of a later version what 00 defines is read.
      ("01-\(trace)-\(span)-01", "00-\(trace)-\(span)-01"),
      ("fe-\(trace)-\(span)-09-what-comes-then", "00-\(trace)-\(span)-01"),
      ("cc-\(trace)-\(span)-00-", "00-\(trace)-\(span)-00"),
    ])
  func reads(text: String, written: String) throws {
    let context = try #require(TraceContext(traceparent: text))
    #expect(context.traceparent == written)
    #expect(context.isSampled == written.hasSuffix("1"))
    #expect("\(context.traceID)-\(context.spanID)" == String(written.dropFirst(3).dropLast(3)))
    #expect(try throughJSON(context) == context)
  }

  @Test(
    "What the standard does not allow is no context",
    arguments: [
      "", "00", "garbage", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-011",
      "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more", " 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01 ",
      "ff-\(trace)-\(span)-01", "ff-\(trace)-\(span)-01-more", "01-\(trace)-\(span)-01more", "0-\(trace)-\(span)-01",
      "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01", "0A-\(trace)-\(span)-01",
      "00-\(trace)-\(span)-0A", "00-\(trace)-\(span)-0g", "00_\(trace)_\(span)_01", "00-\(trace.dropLast())z-\(span)-01",
      "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
      "00-\(trace.dropLast())-\(span)-01", "00-\(trace.dropLast())-\(span)-012", "00-\(trace)-\(span.dropLast())é-01",
      "00-\(trace)-\(span)-01\u{0}",
    ])
  func refuses(text: String) { #expect(TraceContext(traceparent: text) == nil) }

  @Test(
    "A tracestate is handed on as it is, without blanks around its members",
    arguments: [
      ("vendor=1", "vendor=1"), ("a=1,b=2", "a=1,b=2"), (" a=1 ,\tb=2", "a=1,b=2"), ("a=1,,b=2,", "a=1,b=2"),
      ("tenant@system=x", "tenant@system=x"), ("0tenant@s=x", "0tenant@s=x"), ("a_-*/0= x;y:z", "a_-*/0= x;y:z"),
      ("a=" + String(repeating: "v", count: 256), "a=" + String(repeating: "v", count: 256)),
      (String(repeating: "k", count: 256) + "=v", String(repeating: "k", count: 256) + "=v"),
    ])
  func state(text: String, kept: String) throws {
    let context = try #require(TraceContext(traceparent: "00-\(trace)-\(span)-01", tracestate: text))
    #expect(context.state == kept)
    #expect(try throughJSON(context) == context)
  }

  @Test(
    "A tracestate that is malformed or over a limit is left out, and the trace goes on",
    arguments: [
      "", ",", "a", "a=", "=1", "A=1", "0a=1", "a=1,a=2", "a b=1", "a=1=2", "a=é", "a=1\r\nx-evil: 1", "@a=1", "a@=1", "a@0b=1",
      "a@b@c=1", "a@" + String(repeating: "s", count: 15) + "=1", String(repeating: "t", count: 242) + "@s=1",
      "a=" + String(repeating: "v", count: 257), String(repeating: "k", count: 257) + "=v",
      (1...33).map { "k\($0)=v" }.joined(separator: ","),
      (1...5).map { "k\($0)=" + String(repeating: "v", count: 250) }.joined(separator: ","),
    ])
  func dropsState(text: String) throws {
    let context = try #require(TraceContext(traceparent: "00-\(trace)-\(span)-01", tracestate: text))
    #expect(context.state == nil)
    let made = TraceContext(traceID: context.traceID, spanID: context.spanID, isSampled: true, state: text)
    #expect(made == context)
  }

  @Test("Identifiers of zeros are none, and a span has one spelling")
  func identifiers() {
    #expect(TraceID(high: 0, low: 0) == nil)
    #expect(SpanID(UInt64(0)) == nil)
    #expect(SpanID("00f067aa0ba902b7")?.value == 0x00f0_67aa_0ba9_02b7)
    for text in ["", "00F067AA0BA902B7", "f067aa0ba902b7", "0000000000000000", "00f067aa0ba902b70"] {
      #expect(SpanID(text) == nil)
    }
  }

  private func attempt(_ number: Int = 1, ordinal: Int = 4, run: UInt64 = 17, incarnation: UInt32 = 1) -> AttemptID {
    AttemptID(incarnation: Incarnation(incarnation), step: StepID(run: RunID(run), ordinal: ordinal), number: number)
  }

  @Test("An attempt has a span of its own below the one that launched its run, and always the same")
  func spans() throws {
    let launch = try #require(TraceContext(traceparent: "00-\(trace)-\(span)-01", tracestate: "vendor=1"))
    let own = StepTrace(of: attempt(), in: launch)
    #expect(own == StepTrace(of: attempt(), in: launch))
    #expect(own.traceID == launch.traceID && own.parentID == launch.spanID && own.isSampled)
    #expect(own.spanID != launch.spanID)
    #expect(own.headers.map { "\($0.name): \($0.value)" } == ["traceparent: \(own.traceparent)", "tracestate: vendor=1"])
    #expect(TraceContext(traceparent: own.traceparent, tracestate: own.tracestate) == own.context)
    #expect(try throughJSON(own) == own)
    // What other programs may have stored stays true: the derivation is for ever.
    #expect(own.traceparent == "00-\(trace)-8da7ea4a78a85728-01")
  }

  @Test("No two attempts near each other have one span")
  func distinctSpans() throws {
    let launch = try #require(TraceContext(traceparent: "00-\(trace)-\(span)-00"))
    var spans: Set<SpanID> = []
    var count = 0
    for run in UInt64(1)...20 {
      for ordinal in 0..<50 {
        for number in 1...4 {
          for incarnation in UInt32(1)...2 {
            spans.insert(
              StepTrace(of: attempt(number, ordinal: ordinal, run: run, incarnation: incarnation), in: launch).spanID)
            count += 1
          }
        }
      }
    }
    #expect(spans.count == count)
  }
}
