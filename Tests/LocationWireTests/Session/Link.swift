// SPDX-License-Identifier: Apache-2.0

import AssetModel
import LocationWire
import Testing

/// Both halves of a session with a wire between them that the test breaks, delays and repeats at will.
struct Link {
  var daemon: DaemonSession
  var host: HostSession
  /// What the daemon's owner was told, and what is durable there.
  var statuses: [HostStatus] = []
  var reports: [StepReport] = []
  var settled: [LocationEvent.Settled] = []
  /// What the host's owner was told to do, repeated grants left out.
  var commands: [Command] = []
  var unsettled: [VersionID] = []
  private var isConnected = false

  init(epoch: Epoch = 1) {
    daemon = DaemonSession(incarnation: Incarnation(0x8f3a_12bc), epoch: epoch)
    host = HostSession(instance: "host-1", incarnation: Incarnation(0x8f3a_12bc))
  }

  enum Opening { case resumed, new }

  /// Opens a stream, and records an issue where the session goes on or not other than expected.
  mutating func connect(expecting expected: Opening, at location: SourceLocation = #_sourceLocation) throws {
    let opening = try connect()
    #expect(opening == expected, sourceLocation: location)
  }

  @discardableResult
  mutating func connect() throws(WireError) -> Opening {
    let open = daemon.open()
    let verdict = host.verdict(on: open)
    switch verdict {
    case .refuse(let highest): throw WireError(.outOfOrder, "epoch \(highest) was seen")
    case .resume: host.resume(open)
    case .begin: host.begin(open, unsettled: unsettled)
    }
    isConnected = true
    let isResumed = try daemon.opened(
      SessionOpened(
        instance: host.instance, session: host.session, isResumed: verdict == .resume, manifest: ManifestDigest("sha256:1"),
        slots: 4, isDraining: false), received: host.received)
    return isResumed ? .resumed : .new
  }

  mutating func breakOff() {
    isConnected = false
    daemon.closed()
  }

  /// The daemon starts anew, with a higher epoch, and has only what was durable.
  mutating func restartDaemon() {
    isConnected = false
    daemon = DaemonSession(incarnation: daemon.incarnation, epoch: daemon.epoch + 1)
  }

  mutating func restartHost() {
    breakOff()
    host = HostSession(instance: host.instance + "'", incarnation: host.incarnation)
  }

  mutating func grant(_ attempt: AttemptID) { _ = daemon.send(.grant(Samples.grant(attempt))) }

  // MARK: One message each way, lost or repeated

  mutating func carryCommands(lost: Bool = false, repeated: Bool = false) throws(WireError) {
    while let (first, items) = daemon.takeUnsent() {
      guard !lost else { continue }
      for _ in 0..<(repeated ? 2 : 1) {
        for command in try host.accept(first: first, items.map { .item($0) }) {
          guard case .item(let command) = command else { continue }
          if case .grant(let grant) = command, !host.admit(grant.attempt) { continue }
          commands.append(command)
        }
      }
    }
    if !lost { try daemon.acknowledge(host.received) }
  }

  mutating func carryEvents(lost: Bool = false, repeated: Bool = false, acknowledged: Bool = true) throws(WireError) {
    while let (first, items) = host.takeUnsent() {
      guard !lost else { continue }
      for _ in 0..<(repeated ? 2 : 1) {
        for delivery in try daemon.receive(first: first, items.map { .item($0) }) { take(delivery) }
      }
    }
    if acknowledged, !lost, let durable = daemon.acknowledgement { try host.acknowledge(durable) }
  }

  private mutating func take(_ delivery: DaemonSession.Delivery) {
    switch delivery {
    case .opened(let status, let through):
      statuses.append(status)
      reports += status.attempts.flatMap(\.reports)
      daemon.delivered(through: through)
    case .events(let events, let through):
      for case .item(let event) in events {
        switch event {
        case .report(let report): reports.append(report)
        case .settled(let settled): self.settled.append(settled)
        case .draining, .status: break
        }
      }
      daemon.delivered(through: through)
    }
  }
}
