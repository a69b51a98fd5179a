// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneDaemon
import Foundation
import Logging
import Orchestrator
import Synchronization
import Testing

@Suite("What a location may have of the daemon's log")
struct LocationLogTests {
  private let lines = Lines()

  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
    var texts: [String] { all.withLock { $0 } }
  }

  private func log() -> LocationLog {
    LocationLog(
      Logger(label: "sluiced") { [lines] label in
        JSONLogHandler(label: label, now: { Date(timeIntervalSince1970: 0) }) { line in
          lines.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
      })
  }

  private func refused(_ log: LocationLog, _ location: LocationName, second: Int64, error: String) {
    log.log(.error, "storage refused a settlement", of: location, at: Timestamp(seconds: second)) {
      ["location": "\(location)", "error": .string(error)]
    }
  }

  @Test(arguments: ["\u{1B}", "\u{2028}", "\u{7F}", "\"", "x"])
  func `errors are cut, and however they are escaped no more bytes are written than its share`(_ letter: String) throws {
    let (log, loud) = (log(), try LocationName("loud"))
    let error = String(repeating: letter, count: (16 << 10) / letter.utf8.count)
    for _ in 0..<5_000 { refused(log, loud, second: 60, error: error) }
    let texts = lines.texts
    let longest = texts.map(\.utf8.count).max() ?? 0
    #expect(longest < 7 * EventLogLimits.messageBytes)
    #expect(texts.reduce(0) { $0 + $1.utf8.count } <= EventLogLimits.bytesPerMinute + longest)
    #expect(texts.count <= EventLogLimits.linesPerMinute)
    #expect(log.leftOut[loud] == UInt64(5_000 - texts.count))
  }

  @Test func `one share is for lines of whatever source, and nobody else's`() throws {
    let (log, loud, calm) = (log(), try LocationName("loud"), try LocationName("calm"))
    let events = EventLog(log)
    let node = PlannedNode(
      location: loud, step: "loud/a", outputs: [try AssetKey("loud/a")], space: .single, partitions: [0], firstOrdinal: 0)
    let plan = RunPlan(
      id: RunID(7), kind: .materialize, origin: .manual, clientKey: nil, selection: "*", nodes: [node], fixedUpstreams: [:])
    let failed = Event.stepFinished(StepID(run: RunID(7), ordinal: 0), .failed(StepFailure(kind: .threw, message: "no")))
    for _ in 0..<EventLogLimits.linesPerMinute { refused(log, loud, second: 61, error: "no") }
    events.committed(
      ([.runLaunched(plan)] + Array(repeating: failed, count: 50)).map { StampedEvent(at: Timestamp(seconds: 62), event: $0) },
      through: 1, latency: .zero, waiting: 0)
    refused(log, calm, second: 63, error: "no")
    #expect(!lines.texts.contains { $0.contains("step ended") })
    #expect(lines.texts.contains { $0.contains("calm") })
    #expect(log.leftOut == [loud: 50])
    // An instant of the minute before, as the clock and the journal may give them, begins none.
    refused(log, loud, second: 59, error: "no")
    #expect(log.leftOut == [loud: 51])
    log.turn(to: Timestamp(seconds: 121))
    let told = lines.texts.filter { $0.contains("were left out") }
    #expect(told.count == 1 && told[0].contains("\"lines\":51") && told[0].contains("loud"), "\(told)")
    refused(log, loud, second: 122, error: "again")
    #expect(lines.texts.last?.contains("again") == true)
  }
}
