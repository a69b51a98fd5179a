// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneDaemon
import LocationWire
import SwiftProtobuf
import Testing

@Suite("What a location may take of the daemon's time")
struct BudgetTests {
  private let start = ContinuousClock.now

  @Test func `what comes to something may go on for ever, and a flood of what does not is paused`() {
    var budget = TalkBudget(at: start)
    #expect(budget.wait(at: start) == .zero)
    budget.charge(TalkBudget.eventCost * 4_096, at: start)
    #expect(budget.wait(at: start) == .zero, "a slip is forgiven")
    for _ in 0..<100 { budget.charge(TalkBudget.eventCost * 4_096, at: start) }
    #expect(budget.wait(at: start) == TalkBudget.longestWait)
  }

  @Test func `every byte counts, and ten thousand steps a second with a kilobyte each do not wait`() {
    func wait(bytesPerSecond: Int) -> Duration {
      var budget = TalkBudget(at: start)
      for second in 0..<60 {
        for message in 0..<100 {
          let now = start + .seconds(second) + .milliseconds(message * 10)
          budget.charge(TalkBudget.messageCost + TalkBudget.carriedByteCost * (bytesPerSecond / 100), at: now)
        }
      }
      return budget.wait(at: start + .seconds(60))
    }
    #expect(wait(bytesPerSecond: 14 << 20) == .zero)
    #expect(wait(bytesPerSecond: 100 << 20) == TalkBudget.longestWait)
  }

  @Test func `what was taken too much is carried over, and time gives it back`() {
    var budget = TalkBudget(at: start)
    budget.charge(TalkBudget.most + .milliseconds(100), at: start)
    let wait = budget.wait(at: start)
    #expect(wait == .seconds(2))
    #expect(budget.wait(at: start + .seconds(1)) == .seconds(1))
    #expect(budget.wait(at: start + .seconds(2)) == .zero)
    #expect(budget.wait(at: start + .seconds(1)) == .zero, "a clock that is read late gives nothing twice")
  }

  @Test func `however long nothing is sent, no more than the most is saved`() {
    var budget = TalkBudget(at: start)
    let later = start + .seconds(86_400)
    budget.charge(TalkBudget.most + .milliseconds(50), at: later)
    #expect(budget.wait(at: later) == .seconds(1))
  }

  @Test func `manifests may come one after the other for a while, and then one an interval`() {
    var budget = ManifestBudget(at: start)
    for _ in 0..<20 { #expect(budget.admit(bytes: 1_000, at: start) == nil) }
    #expect(budget.admit(bytes: 1_000, at: start) == ManifestBudget.interval)
    #expect(budget.admit(bytes: 1_000, at: start + ManifestBudget.interval) == nil)
    #expect(budget.admit(bytes: 1_000, at: start + ManifestBudget.interval) != nil)
  }

  @Test func `large manifests are held to bytes, whatever their number`() {
    var budget = ManifestBudget(at: start)
    #expect(budget.admit(bytes: Limits.manifestBytes, at: start) == nil)
    #expect(budget.admit(bytes: Limits.manifestBytes, at: start) == nil)
    #expect(budget.admit(bytes: Limits.manifestBytes, at: start).map { $0 > .seconds(60) } == true)
    #expect(budget.admit(bytes: 0, at: start) == nil)
  }

  @Test func `a preview is cut to its bytes, cells and columns, and says that it is not whole`() {
    var assembly = PreviewAssembly()
    let cell = String(repeating: "x", count: 1 << 20)
    let part = Sluice_Location_V1_PreviewResponse.with {
      $0.columns = Array(repeating: "c", count: 2 * WireLimits.previewColumns)
      $0.rows = [.with { $0.cells = [cell, "y"] }]
    }
    var parts = 0
    while assembly.append(part), parts < 10_000 { parts += 1 }
    let rows = assembly.rows
    #expect(parts < 1_000)
    #expect(rows.truncated)
    #expect(rows.columns.count == WireLimits.previewColumns)
    #expect(rows.rows.allSatisfy { $0[0].utf8.count <= WireLimits.previewCellBytes && $0[1] == "y" })
    #expect(rows.rows.joined().reduce(0) { $0 + $1.utf8.count } <= WireLimits.previewBytes + 2 * WireLimits.previewCellBytes)
  }
}
