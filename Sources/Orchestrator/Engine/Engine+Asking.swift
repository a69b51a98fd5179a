// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Synchronization

/// What others ask of an engine; its loop answers.
extension Engine {
  /// Submits a command; returns once what it came to is durable.
  ///
  /// - Throws: ``EngineError`` while the store is away, or when the outcome is ambiguous; nothing may be assumed then.
  public func submit(_ command: Command) async throws -> Reply { try await submit([command])[0] }

  /// Submits commands to be decided in turn; the replies are in their order, and come once all are durable. Launches, and what locations
  /// report, are decided and made durable in several parts where they take long.
  public func submit(_ commands: [Command]) async throws -> [Reply] {
    try await withCheckedThrowingContinuation { continuation in
      inbox.put(.commands(commands) { continuation.resume(with: $0) })
    }
  }

  /// Stores a manifest's content before it is submitted, so that nobody waits for that: see ``Journal/keep(_:_:)``.
  ///
  /// - Throws: ``JournalError`` as the store does.
  public func keep(_ manifest: Manifest, _ digest: ManifestDigest) async throws { try await journal.keep(manifest, digest) }

  /// Hands over commands that belong to one reign; returns at once.
  ///
  /// They are decided after those handed over before, or refused: once anything of a reign was not made durable, nothing that
  /// follows is, so that a caller who does not wait loses none between two others.
  /// - Parameter answer: told once what they came to is durable, or refused; hand off and return.
  public func submit(
    _ commands: [Command], in reign: Reign, then answer: @escaping @Sendable (Result<[Reply], any Error>) -> Void
  ) {
    inbox.put(.commands(commands, reign: reign.epoch, answer: answer))
  }

  /// Reads durable state, between two batches. `body` runs on the engine's loop: keep it short, and keep no copy of the state.
  public func read<Value: Sendable>(_ body: @escaping @Sendable (State) -> Value) async throws -> Value {
    try await inspect { body($0.state) }
  }

  /// A copy of the durable state, for questions that take long: they are answered beside the loop, which goes on meanwhile.
  ///
  /// While the copy lives, the loop copies what it changes: let go of it soon.
  public func durableState() async throws -> State { try await inspect(\.state) }

  /// The same, given up as ``read(within:_:)`` is.
  public func durableState(within limit: Duration) async throws -> State { try await read(within: limit) { $0 } }

  /// Reads as ``read(_:)`` does, and gives up where the loop does not come round to it in time, since it waits for the store.
  public func read<Value: Sendable>(
    within limit: Duration, _ body: @escaping @Sendable (State) -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let first = FirstAnswer(continuation)
      inbox.put(.query { first.resume(with: $0.map { body($0.state) }) })
      // Unstructured, since the loop's answer cannot be taken back: whichever comes second is dropped.
      Task {
        try? await Task.sleep(for: limit)
        first.resume(with: .failure(EngineError(.paused, "the store has not answered for \(limit)")))
      }
    }
  }

  /// How busy each location is.
  public func loads() async throws -> [LocationName: LocationLoad] { try await inspect(\.loads) }

  /// What each location sent that came to nothing.
  public func tallies() async throws -> [LocationName: LocationTally] { try await inspect(\.tallies) }

  private func inspect<Value: Sendable>(_ body: @escaping @Sendable (Core) -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      inbox.put(.query { continuation.resume(with: $0.map(body)) })
    }
  }

  /// Waits for a run to end.
  ///
  /// - Throws: ``CommandError`` when there is no such run, ``EngineError``, or `CancellationError`.
  public func outcome(of run: RunID) async throws -> RunOutcome { try await outcomes(of: [run])[0] }

  /// Waits for every one of these runs to end; the outcomes are in their order.
  ///
  /// - Throws: as ``outcome(of:)`` does.
  public func outcomes(of runs: [RunID]) async throws -> [RunOutcome] {
    let tickets = ends.register(runs)
    defer { ends.forget(tickets) }
    let unfinished = try await read { state in Set(runs.filter { state.isUnfinished($0) }) }
    var outcomes: [RunOutcome] = []
    for (run, ticket) in zip(runs, tickets) {
      var outcome = unfinished.contains(run) ? await ends.wait(ticket) : try await history.run(run)?.outcome
      try Task.checkCancellation()
      // The store was away meanwhile: whether the run has ended is looked up again.
      if outcome == nil, unfinished.contains(run) { outcome = try await self.outcome(of: run) }
      guard let outcome else { throw CommandError(.notFound, "there is no run \(run)") }
      outcomes.append(outcome)
    }
    return outcomes
  }

  public var history: any History { journal.history }
  public var status: EngineHealth { health.withLock { $0 } }
  /// How long the loop has waited for the store's answer; nil while it does not.
  public var storeWait: Duration? { waitingSince.withLock { $0 }.map { .now - $0 } }
  /// The position up to which the journal is durable.
  public var position: JournalPosition { watch.position }
  public var now: Timestamp { clock.now }

  /// Events after a position, in pages; waits for at least one.
  ///
  /// - Throws: what the journal throws, ``JournalError`` with code `pruned` for events that are gone, or `CancellationError`.
  public func events(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
    while true {
      let page = try await journal.read(after: position, limit: limit)
      if !page.isEmpty { return page }
      await watch.wait(beyond: position)
      try Task.checkCancellation()
    }
  }

  /// Events after a position, none where there are none yet.
  ///
  /// - Throws: as ``events(after:limit:)`` does.
  public func journaled(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
    try await journal.read(after: position, limit: limit)
  }
}
