// SPDX-License-Identifier: Apache-2.0

import AssetModel
import CodeLocationHost
import LocationWire
import Logging
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(10))) struct StepHostTests {
  private static let digest = ManifestDigest("sha256:1")

  private func host(_ runner: ScriptedRunner, slots: Int = 2, patience: HostPatience = HostPatience()) -> StepHost {
    StepHost(
      runner: runner, manifest: Self.digest, slots: slots, patience: patience,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private func grant(_ number: Int, deadline: Timestamp = Timestamp(seconds: 4_000_000_000)) -> Command {
    .grant(Samples.grant(number, manifest: Self.digest, deadline: deadline))
  }

  @Test func `a step's reports reach the daemon in order`() async throws {
    let story: [StepReport] = [
      .started(Samples.attempt(1)),
      .staged(Samples.attempt(1), [StagedOutput(asset: Samples.key, locator: Samples.locator)]),
      .finished(Samples.attempt(1), .completed),
    ]
    let daemon = try await TestDaemon(host(ScriptedRunner { _, report in for next in story { await report(next) } }))
    try daemon.send(grant(1))
    #expect(try await daemon.events(3) == story.map { .report($0) })
  }

  @Test func `a report that is too large is not sent: its attempt fails and says why, and the session goes on`() async throws {
    let asset = Samples.key
    let runner = ScriptedRunner { grant, report in
      if grant.attempt.number == 1 {
        let said = String(repeating: "x", count: Limits.messageLength)
        let evaluations = (0..<400).map { number in
          CheckEvaluation(
            check: CheckIdentity(name: "check \(number)"), severity: .block, outcome: .failed, message: said)
        }
        await report(.checked(grant.attempt, asset: asset, evaluations))
      }
      await report(.finished(grant.attempt, .completed))
    }
    let daemon = try await TestDaemon(host(runner))
    try daemon.send(grant(1))
    guard case .report(.finished(Samples.attempt(1), .failed(let failure))) = try await daemon.events(1).last else {
      Issue.record("the attempt did not fail")
      return
    }
    #expect(failure.message.hasPrefix("the report of 400 checks of 'tests/numbers' takes "))
    #expect(failure.message.contains("a report may take 4128768 (reportBytes)"))
    #expect(!failure.isRetryable)
    try daemon.send(grant(2))
    #expect(try await daemon.events(1) == [.report(.finished(Samples.attempt(2), .completed))])
  }

  @Test func `a grant is acknowledged within a moment, also where its step has nothing to say`() async throws {
    let latch = Latch()
    let daemon = try await TestDaemon(host(ScriptedRunner { _, _ in await latch.pass() }))
    try daemon.send(grant(1))
    #expect(try await daemon.acknowledgement(of: 1).body == nil)
    latch.open()
  }

  @Test func `a runner that returns without a last word ends its attempt`() async throws {
    let daemon = try await TestDaemon(host(ScriptedRunner { grant, report in await report(.started(grant.attempt)) }))
    try daemon.send(grant(1))
    guard case .report(.finished(_, .failed(let failure))) = try await daemon.events(2).last else {
      Issue.record("the attempt did not fail")
      return
    }
    #expect(failure.kind == .threw)
  }

  @Test func `an attempt that ignores its deadline is fenced: its slot comes back, its late words are dropped`() async throws {
    let latch = Latch()
    var patience = HostPatience()
    patience.deadline = .milliseconds(10)
    let runner = ScriptedRunner { grant, report in
      if grant.attempt.number == 1 { await latch.pass() }
      await report(.finished(grant.attempt, .completed))
    }
    let daemon = try await TestDaemon(host(runner, slots: 1, patience: patience))
    try daemon.send(grant(1, deadline: Timestamp(seconds: 0)))
    guard case .report(.finished(_, .failed(let failure))) = try await daemon.events(1).last else {
      Issue.record("the attempt did not fail")
      return
    }
    #expect(failure.kind == .timedOut)
    #expect(daemon.host.heartbeat.inFlight == 0)
    latch.open()
    try daemon.send(grant(2))
    #expect(try await daemon.events(1) == [.report(.finished(Samples.attempt(2), .completed))])
  }

  @Test func `an attempt that ignores its cancellation is fenced`() async throws {
    let latch = Latch()
    var patience = HostPatience()
    patience.cancel = .milliseconds(10)
    let runner = ScriptedRunner { grant, report in
      await report(.started(grant.attempt))
      await latch.pass()
    }
    let daemon = try await TestDaemon(host(runner, patience: patience))
    try daemon.send(grant(1))
    _ = try await daemon.events(1)
    try daemon.send(.cancel(Samples.attempt(1)))
    #expect(try await daemon.events(1) == [.report(.finished(Samples.attempt(1), .cancelled))])
    latch.open()
  }

  @Test func `a cancelled step says its last words`() async throws {
    let runner = ScriptedRunner { grant, report in
      await report(.started(grant.attempt))
      try? await Task.sleep(for: .seconds(3_600))
      await report(.finished(grant.attempt, Task.isCancelled ? .cancelled : .completed))
    }
    let daemon = try await TestDaemon(host(runner))
    try daemon.send(grant(1))
    _ = try await daemon.events(1)
    try daemon.send(.cancel(Samples.attempt(1)))
    #expect(try await daemon.events(1) == [.report(.finished(Samples.attempt(1), .cancelled))])
  }

  @Test func `settlements are carried out, and a refusal of storage is said`() async throws {
    let runner = ScriptedRunner { _, _ in }
    let daemon = try await TestDaemon(host(runner))
    let rejected = Settlement(version: Samples.version(1), decision: .reject, locator: Samples.locator)
    try daemon.send(.settle(rejected))
    let done = try await daemon.events(1)
    #expect(done == [.settled(.init(version: Samples.version(1), decision: .reject, error: nil))])
    #expect(runner.settled == [rejected])
    try daemon.send(.settle(Settlement(version: Samples.version(2), decision: .promote, locator: Samples.locator)))
    let refused = try await daemon.events(1)
    #expect(refused == [.settled(.init(version: Samples.version(2), decision: .promote, error: "Refusal: the disk is full"))])
  }

  @Test func `storage that does not say what lies unsettled holds up no session`() async throws {
    let latch = Latch()
    var patience = HostPatience()
    patience.unsettled = .milliseconds(10)
    let runner = ScriptedRunner(
      unsettled: {
        await latch.pass()
        return [Samples.version(1)]
      }, { _, _ in })
    let daemon = try await TestDaemon(host(runner, patience: patience))
    #expect(daemon.status.unsettled == [])
    latch.open()
  }

  @Test func `unsettled versions of this store are listed, those of others are not`() async throws {
    let runner = ScriptedRunner(
      unsettled: { [Samples.version(1), Samples.version(1, incarnation: Incarnation(9))] }, { _, _ in })
    let daemon = try await TestDaemon(host(runner))
    #expect(daemon.status.unsettled == [Samples.version(1)])
  }

  @Test func `a step waits while the daemon takes nothing, and goes on when it does`() async throws {
    let count = WireLimits.bufferedEvents + 100
    let runner = ScriptedRunner { grant, report in
      for _ in 0..<count { await report(.staged(grant.attempt, [])) }
      await report(.finished(grant.attempt, .completed))
    }
    let daemon = try await TestDaemon(host(runner))
    try daemon.send(grant(1))
    let early = try await daemon.events(WireLimits.bufferedEvents)
    #expect(early.count == WireLimits.bufferedEvents)
    #expect(daemon.host.heartbeat.inFlight == 1)
    try daemon.acknowledge()
    let late = try await daemon.events(count + 1 - early.count)
    #expect(late.last == .report(.finished(Samples.attempt(1), .completed)))
  }

  @Test func `draining refuses grants, lets steps finish, and ends when all is told`() async throws {
    let latch = Latch()
    let runner = ScriptedRunner { grant, report in
      await latch.pass()
      await report(.finished(grant.attempt, .completed))
    }
    let daemon = try await TestDaemon(host(runner))
    try daemon.send(grant(1))
    let host = daemon.host
    async let drained: Void = host.drain(grace: .seconds(30))
    #expect(try await daemon.events(1) == [.draining])
    try daemon.send(grant(2))
    #expect(try await daemon.events(1) == [.report(.finished(Samples.attempt(2), .refused(.draining)))])
    latch.open()
    #expect(try await daemon.events(1) == [.report(.finished(Samples.attempt(1), .completed))])
    try daemon.acknowledge()
    await drained
    #expect(daemon.host.heartbeat.isDraining)
  }

  @Test func `a drain waits for no daemon that has gone`() async throws {
    var patience = HostPatience()
    patience.linger = .seconds(3_600)
    let daemon = try await TestDaemon(host(ScriptedRunner { _, _ in }, patience: patience))
    let host = daemon.host
    async let drained: Void = host.drain(grace: .seconds(30))
    #expect(try await daemon.events(1) == [.draining])
    daemon.leave()
    await drained
  }
}

/// A daemon's end of one stream, without gRPC between.
final class TestDaemon {
  let host: StepHost
  private(set) var status = LocationEvent.Status(isLast: false)
  private let stream: SessionStream
  private var sent: UInt64 = 0
  private var received: UInt64 = 0
  private var pending: [LocationEvent] = []

  func leave() { host.close(stream) }

  init(_ host: StepHost) async throws {
    self.host = host
    (stream, _, _) = try await host.open(SessionOpen(incarnation: Samples.incarnation, epoch: 1, resume: nil))
    guard case .status(let status) = try await events(1).first else { throw WireError(.malformed, "no status came") }
    self.status = status
    try acknowledge()
  }

  func send(_ command: Command) throws {
    sent += 1
    try host.receive(
      .with {
        $0.acknowledged = received
        $0.commands.first = sent
        $0.commands.commands = [command.wire]
      }, on: stream)
  }

  func acknowledge() throws { try host.receive(.with { $0.acknowledged = received }, on: stream) }

  /// Waits for as many events.
  func events(_ count: Int) async throws -> [LocationEvent] {
    take()
    if pending.count < count {
      for await _ in stream.wakes {
        take()
        if pending.count >= count { break }
      }
    }
    guard pending.count >= count else { throw WireError(.malformed, "only \(pending.count) of \(count) events came") }
    defer { pending.removeFirst(count) }
    return Array(pending.prefix(count))
  }

  /// Waits for the first message that acknowledges a command.
  func acknowledgement(of number: UInt64) async throws -> Sluice_Location_V1_SessionResponse {
    for await _ in stream.wakes {
      while let response = host.nextResponse(on: stream) {
        if response.acknowledged >= number { return response }
      }
    }
    throw WireError(.malformed, "command \(number) was never acknowledged")
  }

  private func take() {
    while let response = host.nextResponse(on: stream) {
      guard case .events(let events) = response.body else { continue }
      received = events.first + UInt64(events.events.count) - 1
      for case .item(let event) in events.events.map({ Received<LocationEvent>(wire: $0) }) { pending.append(event) }
    }
  }
}
