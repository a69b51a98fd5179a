// SPDX-License-Identifier: Apache-2.0

import AssetModel
import GRPCCore
import LocationWire
import Logging
import Orchestrator
import Synchronization

/// What a location tells becomes commands of the engine.
extension LocationConnection {
  /// What a call's end means to whoever asks for the location, in its own words where it said some.
  ///
  /// Those of the transport tell nobody what to do.
  func words(for error: RPCError) -> String {
    let address = endpoint.address
    switch error.code {
    case .unavailable:
      return "\(address) cannot be reached: start the location's server there; one that does not start says why, "
        + "and so does its 'describe' where its definitions are refused"
    case .deadlineExceeded: return "\(address) does not answer"
    case .unimplemented: return "what listens at \(address) is no location of Sluice, or of another release: \(error.message)"
    default: return error.message.isEmpty ? "the location answers '\(error.code)'" : error.message
    }
  }

  /// Reads nothing for a while from who has sent too much that came to nothing; it is not silent meanwhile.
  func pause() async throws {
    record.charge(TalkBudget.messageCost)
    let wait = record.wait
    guard wait > .zero else { return }
    record.count(.paused)
    try await Task.sleep(for: wait)
    heard()
  }

  /// Tells the engine, and acknowledges once it is durable.
  ///
  /// - Parameter bytes: of the message that brought it; what it holds in memory is not reckoned to be less.
  func deliver(_ delivery: DaemonSession.Delivery, bytes: Int, _ intake: SessionIntake) async throws {
    let (commands, reckoned, number) =
      switch delivery {
      case .opened(let status, let number):
        (commands(for: status), status.attempts.reduce(0) { $0 + $1.weight }, number)
      case .events(let events, let number): (commands(for: events), events.reduce(0) { $0 + $1.weight }, number)
      }
    let weight = max(reckoned, bytes)
    let ignored = { @Sendable (count: Int) in
      self.record.charge(TalkBudget.eventCost * count + (count > 0 ? TalkBudget.byteCost * weight : .zero))
    }
    try await intake.submit(
      commands, weight: weight, ignored: ignored,
      durable: {
        self.session.withLock { $0.delivered(through: number) }
        self.wake()
      })
  }

  /// What the host lists, and then what it reports of it, in portions as at any other time.
  private func commands(for status: HostStatus) -> [Orchestrator.Command] {
    let listed = HostStatus(
      instance: status.instance, manifest: status.manifest, slots: status.slots,
      attempts: status.attempts.map { KnownAttempt(attempt: $0.attempt, reports: []) }, unsettled: status.unsettled,
      isDraining: status.isDraining, previousEnd: status.previousEnd)
    return [.sessionOpened(endpoint.name, listed)] + commands(for: status.attempts.flatMap(\.reports))
  }

  /// Reports in portions: between two the engine may turn to others, since one report may end a step of a thousand outputs.
  private func commands(for reports: [StepReport]) -> [Orchestrator.Command] {
    stride(from: 0, to: reports.count, by: ConnectionLimits.reportsPerCommand).map { start in
      .reports(endpoint.name, Array(reports[start..<min(start + ConnectionLimits.reportsPerCommand, reports.count)]))
    }
  }

  private func commands(for events: [Received<LocationEvent>]) -> [Orchestrator.Command] {
    var result: [Orchestrator.Command] = []
    var reports: [StepReport] = []
    func flush() {
      result += commands(for: reports)
      reports = []
    }
    var unknown = 0
    var malformed: [WireError] = []
    for event in events {
      switch event {
      case .item(.report(let report)): reports.append(report)
      case .item(.settled(let settled)):
        flush()
        result.append(command(for: settled))
      case .item(.draining):
        flush()
        result.append(.drainingBegan(endpoint.name))
      case .item(.status): break
      case .unknown: unknown += 1
      case .malformed(let error, let attempt):
        malformed.append(error)
        guard let attempt else { continue }
        reports.append(.malformed(attempt, error))
      }
    }
    flush()
    tell(unknown: unknown, malformed)
    return result
  }

  /// One line of the log a message, however many of its events were left alone.
  private func tell(unknown: Int, _ malformed: [WireError]) {
    record.count(.unknown, unknown)
    record.count(.malformed, malformed.count)
    record.charge(TalkBudget.eventCost * (unknown + malformed.count))
    if unknown > 0 {
      tell(.notice, "left alone: events of a newer version, or of nothing") { ["count": .stringConvertible(unknown)] }
    }
    guard let first = malformed.first else { return }
    tell(.error, "malformed events") { ["count": .stringConvertible(malformed.count), "error": "\(first)"] }
  }

  private func command(for settled: LocationEvent.Settled) -> Orchestrator.Command {
    guard let error = settled.error else { return .settled(endpoint.name, settled.version) }
    record.charge(Self.refusedSettlementCost)
    tell(.error, "storage refused a settlement; it is repeated") {
      ["version": "\(settled.version)", "error": .string(error)]
    }
    return .settlementFailed(endpoint.name, settled.version)
  }

  /// Writes a line about this location, within its share of the log, and charges it for the time that this takes: a text full of what
  /// is escaped takes many times that of another one.
  func tell(_ level: Logger.Level, _ message: String, _ metadata: () -> Logger.Metadata) {
    let begun = ContinuousClock.now
    log.log(level, message, of: endpoint.name, at: engine.now) {
      metadata().merging(["location": .string(endpoint.name.description)]) { first, _ in first }
    }
    record.charge(.now - begun)
  }

  /// About what else a refused settlement takes.
  private static let refusedSettlementCost: Duration = .microseconds(100)
}
