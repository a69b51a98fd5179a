// SPDX-License-Identifier: Apache-2.0

package import AssetKit
package import AssetModel
import Foundation
package import LocationWire
package import Logging
import NIOConcurrencyHelpers
import SwiftProtobuf

/// Runs what daemons grant: the shell around ``HostMachine``.
///
/// Its tasks are unstructured on purpose: an attempt outlives the stream that brought its grant, and one whose closure hangs
/// can never be awaited. Each is held by its attempt, and taken back at its deadline.
package final class StepHost: Sendable {
  let runner: any StepRunning
  let logger: Logger
  private let executor: (any TaskExecutor)?
  private let patience: HostPatience
  /// Every step's thread takes it, so it is no `Mutex`: on Linux that one hands itself over to who waits longest, and under load
  /// everybody then waits for a thread that does not run.
  private let state: NIOLockedValueBox<State>
  private let signal = HostSignal()

  private struct State {
    var machine: HostMachine
    var streams: [Incarnation: SessionStream] = [:]
    var tasks: [AttemptID: AttemptTasks] = [:]
  }

  private struct AttemptTasks {
    let step: Task<Void, Never>
    /// Timers that take the slot back when the time is up.
    var fences: [UInt64]
    let trace: StepTrace?
  }

  /// - Parameters:
  ///   - executor: runs steps and storage, which may block; the shared one where nil.
  ///   - epochJump: how far an epoch may lie above the highest seen; any distance where nil.
  ///   - previousEnd: how the process before this one ended, to be told with what is lost with it.
  package init(
    runner: any StepRunning, manifest: ManifestDigest, slots: Int, executor: (any TaskExecutor)? = nil,
    patience: HostPatience = HostPatience(), epochJump: Epoch? = nil, previousEnd: String? = nil, logger: Logger
  ) {
    self.runner = runner
    self.patience = patience
    self.executor = executor
    self.logger = logger
    state = NIOLockedValueBox(
      State(
        machine: HostMachine(
          instance: UUID().uuidString, manifest: manifest, slots: slots, storeGrace: patience.store, epochJump: epochJump,
          previousEnd: previousEnd)))
  }

  package var instance: String { state.withLockedValue(\.machine.instance) }
  package var heartbeat: Heartbeat { state.withLockedValue(\.machine.heartbeat) }
  package var isDraining: Bool { state.withLockedValue(\.machine.isDraining) }

  // MARK: Sessions

  /// Opens a stream; an older one of the same store ends.
  ///
  /// - Parameter seal: what the stream's commands are checked by; nil where they need no proof.
  /// - Throws: ``OpenRefusal``.
  package func open(
    _ open: SessionOpen, sealedBy seal: CommandSeal? = nil
  ) async throws(OpenRefusal) -> (SessionStream, SessionOpened, received: UInt64) {
    var unsettled: [VersionID] = []
    let verdict = state.withLockedValue { state in
      Result { () throws(OpenRefusal) in try state.machine.verdict(on: open, at: .now) }
    }
    if case .begun = try verdict.get() { unsettled = await unsettledVersions() }
    let stream = SessionStream(incarnation: open.incarnation, seal: seal)
    let result = state.withLockedValue { state in
      Result { () throws(OpenRefusal) in
        let opened = try state.machine.open(open, unsettled: unsettled, at: .now)
        let replaced = state.streams.updateValue(stream, forKey: open.incarnation)
        return (opened, replaced, state.machine[open.incarnation].received)
      }
    }
    let (opened, replaced, received) = try result.get()
    replaced?.end(.replaced)
    stream.said(acknowledging: received)
    stream.wake()
    return (stream, opened, received)
  }

  package func close(_ stream: SessionStream) {
    state.withLockedValue { state in
      guard state.streams[stream.incarnation] === stream else { return }
      state.streams[stream.incarnation] = nil
      state.machine.close(stream.incarnation, at: .now)
    }
    // A drain waits until the daemon has been told all, or is gone.
    signal.raise()
  }

  /// Ends every stream: the server goes down.
  package func endStreams() {
    for stream in state.withLockedValue({ Array($0.streams.values) }) { stream.end(.goingDown) }
  }

  /// What lies unsettled, as far as storage answers in time; what it does not list is listed by the next session.
  private func unsettledVersions() async -> [VersionID] {
    await within(patience.unsettled, on: executor) { [runner, logger] in
      do { return try await runner.unsettled() } catch {
        logger.error("storage does not say what lies unsettled", metadata: ["error": "\(ErrorText.of(error))"])
        return []
      }
    } ?? []
  }

  /// Runs something that reads storage where steps run; nil where it takes too long.
  func aside<Value: Sendable>(
    within limit: Duration, _ operation: @escaping @Sendable () async throws -> Value
  ) async -> Result<Value, any Error>? {
    await within(limit, on: executor) {
      do { return .success(try await operation()) } catch { return .failure(error) }
    }
  }

  // MARK: Messages

  /// Takes one message of a stream.
  ///
  /// - Throws: `WireError` where the stream must end.
  package func receive(_ request: Sluice_Location_V1_SessionRequest, on stream: SessionStream) throws(WireError) {
    let incarnation = stream.incarnation
    var received: (first: UInt64, commands: [Received<Command>])?
    do {
      if let commands = try request.commands(sealedBy: stream.seal) {
        received = (commands.first, commands.commands.map { Received<Command>(wire: $0) })
      }
    } catch {
      logger.error("commands refused, none of them is carried out", metadata: ["reason": "\(error)"])
      throw error
    }
    let actions: Result<[HostMachine.Action], WireError> = state.withLockedValue { state in
      Result { () throws(WireError) in
        guard state.streams[incarnation] === stream else { return [] }
        try state.machine[incarnation].acknowledge(request.acknowledged)
        guard let received else { return [] }
        return try state.machine.accept(incarnation, first: received.first, received.commands)
      }
    }
    for action in try actions.get() { perform(action) }
    signal.raise()
    // An acknowledgement alone is worth no message of its own: a short step's end takes it along.
    let (hasUnsent, taken) = state.withLockedValue { state in
      (state.machine[incarnation].hasUnsent, state.machine[incarnation].received)
    }
    if hasUnsent { stream.wake() } else if stream.mustAcknowledge(taken) { stream.wakeSoon() }
  }

  /// The next message for a stream; nil when there is nothing to say.
  package func nextResponse(on stream: SessionStream) -> Sluice_Location_V1_SessionResponse? {
    let (taken, received) = state.withLockedValue { state -> ((first: UInt64, items: [LocationEvent])?, UInt64) in
      guard state.streams[stream.incarnation] === stream else { return (nil, 0) }
      return (state.machine[stream.incarnation].takeUnsent(), state.machine[stream.incarnation].received)
    }
    guard taken != nil || stream.mustAcknowledge(received) else { return nil }
    stream.said(acknowledging: received)
    return .with {
      $0.acknowledged = received
      guard let taken else { return }
      $0.events.first = taken.first
      $0.events.events = taken.items.map(\.wire)
    }
  }

  private func perform(_ action: HostMachine.Action) {
    switch action {
    case .start(let grant): start(grant)
    case .cancel(let attempt): cancel(attempt)
    case .settle(let settlement): settle(settlement)
    case .note(let text): logger.warning("\(text)")
    }
  }

  // MARK: Steps

  private func start(_ grant: Grant) {
    let attempt = grant.attempt
    // Registered under the lock before it can finish, so that the end of the task finds its entry.
    state.withLockedValue { state in
      let step = Task(executorPreference: executor) {
        await self.runner.run(grant, reportingTo: AttemptReports(host: self, attempt: attempt))
        self.ended(attempt)
      }
      let remaining = grant.timeLeft(at: Timestamp(Date()))
      state.tasks[attempt] = AttemptTasks(
        step: step,
        fences: [
          fence(attempt, after: remaining + patience.deadline) {
            .failed(
              StepFailure(
                kind: .timedOut,
                message:
                  "the closure did not end at its deadline, \(grant.deadline), and not when it was cancelled; it is left behind"))
          }
        ], trace: grant.trace)
    }
  }

  private func fence(_ attempt: AttemptID, after delay: Duration, _ end: @escaping @Sendable () -> StepEnd) -> UInt64 {
    DeadlineKeeper.shared.add(at: .now + min(delay, HostLimits.longestFence)) {
      self.logger.error("taking a slot back from attempt \(attempt), which does not end", metadata: self.ids(of: attempt))
      self.finish(attempt, end())
    }
  }

  private func ids(of attempt: AttemptID) -> Logger.Metadata {
    var ids: Logger.Metadata = ["run": .stringConvertible(attempt.step.run.number), "attempt": .stringConvertible(attempt)]
    guard let trace = state.withLockedValue({ $0.tasks[attempt]?.trace }) else { return ids }
    ids["trace_id"] = .stringConvertible(trace.traceID)
    ids["span_id"] = .stringConvertible(trace.spanID)
    return ids
  }

  private func cancel(_ attempt: AttemptID) {
    state.withLockedValue { state in
      guard var tasks = state.tasks[attempt] else { return }
      tasks.step.cancel()
      tasks.fences.append(fence(attempt, after: patience.cancel) { .cancelled })
      state.tasks[attempt] = tasks
    }
  }

  /// Waits while the daemon has not taken what came before.
  fileprivate func waitForRoom(for attempt: AttemptID) async {
    // A cancelled step waits no longer: its last words are kept whatever the room.
    _ = await signal.wait { !state.withLockedValue { $0.machine.mustWait(attempt) } }
  }

  fileprivate func keep(_ report: StepReport) {
    if let end = report.endAsTooLarge { return finish(report.attempt, end) }
    let (isKept, stream) = state.withLockedValue { state in
      (state.machine.report(report), state.streams[report.attempt.incarnation])
    }
    guard isKept else { return }
    guard case .finished = report else { return stream?.wakeSoon() ?? () }
    signal.raise()
    stream?.wake()
  }

  /// The runner has returned; where it said nothing last, this does.
  private func ended(_ attempt: AttemptID) {
    finish(attempt, .failed(StepFailure(kind: .threw, message: "the step ended without saying how")))
  }

  private func finish(_ attempt: AttemptID, _ end: StepEnd) {
    let tasks = state.withLockedValue { $0.tasks.removeValue(forKey: attempt) }
    guard let tasks else { return }
    DeadlineKeeper.shared.remove(tasks.fences)
    tasks.step.cancel()
    keep(.finished(attempt, end))
  }

  private func settle(_ settlement: Settlement) {
    Task(executorPreference: executor) {
      var failure: String?
      do { try await self.runner.settle(settlement) } catch { failure = ErrorText.of(error) }
      let stream = self.state.withLockedValue { state in
        state.machine.settled(.init(version: settlement.version, decision: settlement.decision, error: failure))
        return state.streams[settlement.version.incarnation]
      }
      stream?.wake()
    }
  }

  // MARK: Draining

  /// Takes no more grants; steps in flight may finish within `grace`, then they are cancelled. Returns when all is told.
  package func drain(grace: Duration) async {
    let streams = state.withLockedValue { state in
      state.machine.drain()
      return Array(state.streams.values)
    }
    for stream in streams { stream.wake() }
    if await within(grace, { await self.waitUntilIdle() }) == nil {
      for attempt in state.withLockedValue({ Array($0.machine.running) }) { cancel(attempt) }
      _ = await within(patience.linger) { await self.waitUntilIdle() }
    }
    _ = await within(patience.linger) { await self.waitUntilTold() }
  }

  private func waitUntilIdle() async { _ = await signal.wait { state.withLockedValue(\.machine.running.isEmpty) } }

  private func waitUntilTold() async {
    _ = await signal.wait { state.withLockedValue { $0.streams.isEmpty || $0.machine.isQuiet } }
  }
}

/// The reports of one attempt, on their way to its daemon.
private struct AttemptReports: StepReporting {
  let host: StepHost
  let attempt: AttemptID

  func keep(_ report: StepReport) { host.keep(report) }
  func waitForRoom() async { await host.waitForRoom(for: attempt) }
}

/// Runs an operation for at most a while; nil where it takes longer, and is cancelled.
func within<Value: Sendable>(
  _ limit: Duration, on executor: (any TaskExecutor)? = nil, _ operation: @escaping @Sendable () async -> Value
) async -> Value? {
  let (results, continuation) = AsyncStream.makeStream(of: Value?.self)
  // Unstructured, so that an operation which ignores its cancellation holds up nobody.
  let work = Task(executorPreference: executor) { continuation.yield(await operation()) }
  let clock = Task {
    try await Task.sleep(for: limit)
    continuation.yield(nil)
  }
  defer {
    work.cancel()
    clock.cancel()
  }
  return await withTaskCancellationHandler {
    for await result in results { return result }
    return nil
  } onCancel: {
    work.cancel()
    continuation.finish()
  }
}
