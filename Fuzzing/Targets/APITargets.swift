// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Foundation

/// What comes over HTTP, in requests and in answers.
extension FuzzTarget {
  static var apis: [FuzzTarget] {
    [
      FuzzTarget(name: "json") { json($0) },
      FuzzTarget(name: "event-stream") { eventStream($0) },
      FuzzTarget(name: "trace") { trace($0) },
    ]
  }

  /// Which body, and its text.
  private static func json(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let kind = input.byte()
    let data = Data(input.remaining)
    switch kind % 12 {
    case 0: roundTrip(LaunchRequest.self, data)
    case 1: roundTrip(LaunchBatch.self, data)
    case 2: roundTrip(BackupRequest.self, data)
    case 3: roundTrip(LiveEvent.self, data)
    case 4: roundTrip(APIErrorBody.self, data)
    case 5: roundTrip(RunDetail.self, data)
    case 6: roundTrip(AssetDetail.self, data)
    case 7: roundTrip(WhyReport.self, data)
    case 8: roundTrip(DaemonStatus.self, data)
    case 9: roundTrip(Listing<LocationSummary>.self, data)
    case 10: roundTrip(Page<PartitionSummary>.self, data)
    default: roundTrip(PreviewReport.self, data)
    }
  }

  private static func roundTrip<Value: Codable & Equatable>(_ type: Value.Type, _ data: Data) {
    // A refusal is an error of any kind: the API puts it into words of its own.
    guard let value = try? APICoding.decode(type, from: data) else { return }
    guard let written = try? APICoding.encode(value) else { return }
    let again = try? APICoding.decode(type, from: written)
    expect(again == value, "a \(type) is the same once it is written: \(String(decoding: written, as: UTF8.self))")
  }

  /// Server-sent events come out alike, however the bytes are cut.
  private static func eventStream(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let cut = Int(input.byte())
    var (whole, halves) = (EventStreamParser(), EventStreamParser())
    let rest = input.remaining
    let messages = whole.consume(rest)
    expect(halves.consume(rest.prefix(cut)) + halves.consume(rest.dropFirst(cut)) == messages, "a cut changes nothing")
    for message in messages { _ = try? APICoding.decode(LiveEvent.self, from: Data(message.data.utf8)) }
  }

  /// A line of `traceparent`, and one of `tracestate`.
  private static func trace(_ bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let state = lines.count > 1 ? String(lines[1]) : nil
    guard let context = TraceContext(traceparent: String(lines[0]), tracestate: state) else { return }
    let again = TraceContext(traceparent: context.traceparent, tracestate: context.state)
    expect(again == context, "a context is the same once it is written")
    expect((context.state?.utf8.count ?? 0) <= bytes.count, "nothing is added to a state")
  }
}
