// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import Synchronization

/// Runs what a test says instead of a team's code.
final class ScriptedRunner: StepRunning {
  typealias Report = @Sendable (StepReport) async -> Void
  typealias Script = @Sendable (Grant, Report) async -> Void

  struct Refusal: Error, CustomStringConvertible {
    let description = "the disk is full"
  }

  private let script: Script
  private let listing: @Sendable () async throws -> [VersionID]
  private let settlements = Mutex<[Settlement]>([])

  init(unsettled: @escaping @Sendable () async throws -> [VersionID] = { [] }, _ script: @escaping Script) {
    self.script = script
    listing = unsettled
  }

  var settled: [Settlement] { settlements.withLock { $0 } }

  func run(_ grant: Grant, reportingTo reports: any StepReporting) async {
    await script(grant) { report in
      await reports.waitForRoom()
      reports.keep(report)
    }
  }

  func settle(_ settlement: Settlement) async throws {
    if settlement.decision == .promote { throw Refusal() }
    settlements.withLock { $0.append(settlement) }
  }

  func unsettled() async throws -> [VersionID] { try await listing() }
}

/// Holds steps until a test lets them go; ignores cancellation.
final class Latch: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream(of: Void.self) }

  func open() { continuation.finish() }

  /// Waits in a task of its own, so that nobody's cancellation ends it.
  func pass() async { await Task { for await _ in stream {} }.value }
}
