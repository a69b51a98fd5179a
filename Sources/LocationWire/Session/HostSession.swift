// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// A location's half of its session with one daemon's world (one incarnation of a store), as a pure value.
///
/// It outlives streams and daemons. It knows every attempt from its grant until the report that it finished is acknowledged,
/// keeps every event until then, and refuses lower epochs than it has seen. Its bound: logs are dropped first, with a count, from the
/// midst of what an attempt says; beyond ``WireLimits/bufferedEvents`` it asks steps to wait.
package struct HostSession: Sendable {
  package let instance: String
  package let incarnation: Incarnation
  /// The highest epoch seen.
  package private(set) var epoch: Epoch = 0
  /// The number of the present session of this instance; 0 before the first.
  package private(set) var session: UInt64 = 0
  private var outbox = Outbox<LocationEvent>()
  private var inbox = Inbox()
  /// Whether each known attempt has finished.
  private var known: [AttemptID: Bool] = [:]
  /// What attempts logged last, while there is no room for it.
  private var tails: [AttemptID: LogTail] = [:]
  private var logBytes = 0

  package init(instance: String, incarnation: Incarnation) {
    self.instance = instance
    self.incarnation = incarnation
  }

  /// The highest command received, to be told to the daemon.
  package var received: UInt64 { inbox.received }
  package var hasUnsent: Bool { outbox.hasUnsent }
  package var isQuiet: Bool { outbox.count == 0 && known.isEmpty }
  package var isFull: Bool { outbox.count >= WireLimits.bufferedEvents }

  // MARK: Opening

  /// What is to become of a stream that opens.
  package enum Verdict: Hashable, Sendable {
    /// A higher epoch has been seen.
    case refuse(highest: Epoch)
    /// The session goes on.
    case resume
    /// A new session is to begin; it needs ``begin(_:unsettled:)``.
    case begin
  }

  package func verdict(on open: SessionOpen) -> Verdict {
    guard open.epoch >= epoch else { return .refuse(highest: epoch) }
    var outbox = outbox
    guard let resume = open.resume, open.epoch == epoch, resume.instance == instance, resume.session == session,
      outbox.resume(received: resume.received)
    else { return .begin }
    return .resume
  }

  /// Goes on with the session: what did not arrive is sent again.
  package mutating func resume(_ open: SessionOpen) {
    guard let resume = open.resume else { return }
    _ = outbox.resume(received: resume.received)
  }

  /// Begins a new session with everything that this location has: numbers start anew.
  package mutating func begin(_ open: SessionOpen, unsettled: [VersionID]) {
    epoch = max(epoch, open.epoch)
    session += 1
    let past = outbox.unacknowledged
    outbox = Outbox()
    inbox = Inbox()
    for part in Self.status(of: past, known: known.keys.sorted(), unsettled: unsettled) { outbox.append(.status(part)) }
    for event in past {
      if case .settled = event { outbox.append(event) }
    }
  }

  // MARK: From the daemon

  /// Takes numbered commands; returns the new ones.
  ///
  /// - Throws: ``WireError`` where the daemon has lost its count: the stream must end.
  package mutating func accept(first: UInt64, _ commands: [Received<Command>]) throws(WireError) -> ArraySlice<
    Received<Command>
  > {
    try inbox.accept(first: first, commands)
  }

  /// The daemon has made durable everything up to a number.
  ///
  /// - Throws: ``WireError`` where that was never sent.
  package mutating func acknowledge(_ number: UInt64) throws(WireError) {
    for event in try outbox.acknowledge(number) {
      switch event {
      case .report(let report): forget(report)
      case .status(let status): for report in status.attempts.flatMap(\.reports) { forget(report) }
      case .settled, .draining: break
      }
    }
  }

  /// Whether an attempt is new here; from now on it is known.
  ///
  /// A grant for a known one changes nothing: it runs on, or its reports are on their way.
  package mutating func admit(_ attempt: AttemptID) -> Bool {
    guard known[attempt] == nil else { return false }
    known[attempt] = false
    return true
  }

  // MARK: To the daemon

  /// Keeps a report for the daemon; of an attempt that is unknown or has finished it keeps nothing.
  package mutating func report(_ report: StepReport) {
    guard known[report.attempt] == false else { return }
    switch report {
    case .logged(let attempt, let lines, let dropped): log(attempt, lines, dropped: dropped)
    case .finished(let attempt, _):
      // Whatever the room: it is bounded, and says how the attempt ended.
      if let tail = tails.removeValue(forKey: attempt) { keep(tail.report(of: attempt)) }
      known[attempt] = true
      outbox.append(.report(report))
    case .started, .staged, .checked: outbox.append(.report(report))
    }
  }

  package mutating func settled(_ settled: LocationEvent.Settled) { outbox.append(.settled(settled)) }

  package mutating func drain() { outbox.append(.draining) }

  /// The next events to send, as many as one message may hold.
  package mutating func takeUnsent() -> (first: UInt64, items: [LocationEvent])? { outbox.takeUnsent() }

  private mutating func log(_ attempt: AttemptID, _ lines: [LogLine], dropped: Int) {
    if let weight = tails[attempt]?.weight, hasRoom(for: weight), let tail = tails.removeValue(forKey: attempt) {
      keep(tail.report(of: attempt))
    }
    let report = StepReport.logged(attempt, lines: lines, dropped: dropped)
    if tails[attempt] == nil, hasRoom(for: report.weight) { return keep(report) }
    tails[attempt, default: LogTail()].append(lines, dropped: dropped)
  }

  private func hasRoom(for weight: Int) -> Bool {
    logBytes + weight <= WireLimits.bufferedLogBytes && outbox.count < WireLimits.bufferedEvents / 2
  }

  /// Keeps logged lines.
  private mutating func keep(_ logged: StepReport) {
    logBytes += logged.weight
    outbox.append(.report(logged))
  }

  private mutating func forget(_ report: StepReport) {
    switch report {
    case .logged: logBytes -= report.weight
    case .finished(let attempt, _): known[attempt] = nil
    case .started, .staged, .checked: break
    }
  }

  // MARK: Status

  /// Splits what a location has into parts that each fit into one message.
  private static func status(of past: [LocationEvent], known: [AttemptID], unsettled: [VersionID]) -> [LocationEvent.Status] {
    var reports: [AttemptID: [StepReport]] = [:]
    for event in past {
      switch event {
      case .report(let report): reports[report.attempt, default: []].append(report)
      case .status(let status): for attempt in status.attempts { reports[attempt.attempt, default: []] += attempt.reports }
      case .settled, .draining: break
      }
    }
    var parts: [LocationEvent.Status] = [LocationEvent.Status(isLast: false)]
    var weight = 0
    func room(for next: Int) {
      weight += next
      guard weight > WireLimits.frameBytes else { return }
      parts.append(LocationEvent.Status(isLast: false))
      weight = next
    }
    for attempt in known {
      var pending: [StepReport] = []
      for report in reports[attempt] ?? [] {
        if weight + report.weight > WireLimits.frameBytes, !pending.isEmpty {
          parts[parts.count - 1].attempts.append(KnownAttempt(attempt: attempt, reports: pending))
          pending = []
        }
        room(for: report.weight)
        pending.append(report)
      }
      parts[parts.count - 1].attempts.append(KnownAttempt(attempt: attempt, reports: pending))
    }
    for version in unsettled {
      room(for: 128)
      parts[parts.count - 1].unsettled.append(version)
    }
    parts[parts.count - 1].isLast = true
    return parts
  }
}
