// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Everything that a ``Journal`` promises: the one suite that memory, SQLite and PostgreSQL pass unchanged.
///
/// A store's tests run each case on a fresh ``StoreUnderTest``.
package enum JournalConformance {
  package static let cases = journalCases + historyCases + snapshotCases + retentionCases

  private static let journalCases = [
    ConformanceCase("a new journal is empty and in its first epoch", emptyAtFirst),
    ConformanceCase("each opening raises the epoch and keeps the incarnation", raisesEpoch),
    ConformanceCase("events are read back in order, in pages of any size", readsPages),
    ConformanceCase("every kind of event comes back as it was", keepsEveryKind),
    ConformanceCase("a manifest that was kept ahead is the one that an event names", keepsManifestsAhead),
    ConformanceCase("a batch of an earlier epoch is refused whole", fences),
    ConformanceCase("a batch that does not continue the journal is refused whole", refusesOtherPositions),
    ConformanceCase("no text of a location keeps a batch from being appended", takesAnyText),
    ConformanceCase("an empty batch changes nothing", acceptsEmptyBatches),
    ConformanceCase("what was appended is there when the store is opened again", endures),
  ]

  /// The batches of a journal, appended one after the other.
  static func append(
    _ events: [StampedEvent], to journal: any Journal, epoch: Epoch, after position: inout JournalPosition
  ) async throws {
    try await journal.append(JournalBatch(epoch: epoch, after: position, events: events))
    position += UInt64(events.count)
  }

  /// Every event, read in pages.
  static func all(_ journal: any Journal, page: Int = 100) async throws -> [StampedEvent] {
    var events: [StampedEvent] = []
    while true {
      let next = try await journal.read(after: UInt64(events.count), limit: page)
      if next.isEmpty { return events }
      try require(next.count <= page, "a page of \(next.count) events, where \(page) were asked for")
      events += next
    }
  }
}

// MARK: - The journal's cases

extension JournalConformance {
  private static func emptyAtFirst(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    try requireEqual(opening.epoch, 1, "the first epoch")
    try requireEqual(opening.position, 0, "the end of an empty journal")
    try requireEqual(try await journal.read(after: 0, limit: 10), [], "the events of an empty journal")
    try requireEqual(try await journal.history.runs(before: nil, limit: 10), [], "the runs of an empty journal")
  }

  private static func raisesEpoch(_ store: StoreUnderTest) async throws {
    let (journal, first) = try await store.open()
    let again = try await journal.open()
    let third = try await store.open().opening
    try requireEqual([first.epoch, again.epoch, third.epoch], [1, 2, 3], "epochs of three openings")
    try requireEqual(Set([first, again, third].map(\.incarnation)).count, 1, "incarnations of one store")
  }

  private static func readsPages(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let events = SampleEvents.numbered(30)
    var position: JournalPosition = 0
    for batch in [events[..<1], events[1..<12], events[12..<13], events[13...]] {
      try await append(Array(batch), to: journal, epoch: opening.epoch, after: &position)
    }
    for page in [1, 7, 30, 1_000] { try requireEqual(try await all(journal, page: page), events, "pages of \(page)") }
    try requireEqual(try await journal.read(after: 11, limit: 3), Array(events[11..<14]), "a page across a batch's end")
    try requireEqual(try await journal.read(after: 30, limit: 5), [], "the page after the end")
    try requireEqual(try await journal.read(after: .max, limit: 5), [], "the page after every end")
  }

  private static func keepsManifestsAhead(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var events = SampleEvents.everyKind.filter { if case .manifestAccepted = $0.event { true } else { false } }
    try require(!events.isEmpty, "no sample accepts a manifest")
    events.append(SampleEvents.largeManifest)
    for stamped in events {
      guard case .manifestAccepted(_, let digest, let manifest) = stamped.event else { continue }
      try await journal.keep(manifest, digest)
      try await journal.keep(manifest, digest)
    }
    try requireEqual(try await journal.read(after: 0, limit: 10), [], "the events before any batch")
    var position = opening.position
    for _ in 0..<2 { try await append(events, to: journal, epoch: opening.epoch, after: &position) }
    try requireEqual(try await all(journal), events + events, "the events")
    try requireEqual(try await all(try await store.open().journal), events + events, "the events, opened again")
  }

  private static func keepsEveryKind(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let events = SampleEvents.everyKind
    try requireEqual(Set(events.map { $0.event.kindName }).count, Event.kindCount, "kinds among the samples")
    var position: JournalPosition = 0
    let half = events.count / 2
    try await append(Array(events[..<half]), to: journal, epoch: opening.epoch, after: &position)
    for event in events[half...] { try await append([event], to: journal, epoch: opening.epoch, after: &position) }
    let read = try await all(journal)
    try requireEqual(read.count, events.count, "events read")
    for (found, wanted) in zip(read, events) { try requireEqual(found, wanted, "an event") }
  }

  private static func fences(_ store: StoreUnderTest) async throws {
    let (journal, first) = try await store.open()
    var position: JournalPosition = 0
    try await append(SampleEvents.numbered(2), to: journal, epoch: first.epoch, after: &position)
    let later = try await journal.open()
    for epoch in [first.epoch, later.epoch + 1] {
      try await requireRefusal(.fenced, "a batch of epoch \(epoch) in epoch \(later.epoch)") {
        try await journal.append(JournalBatch(epoch: epoch, after: 2, events: SampleEvents.numbered(1)))
      }
    }
    try requireEqual(try await all(journal).count, 2, "events after refusals")
    try await append(SampleEvents.numbered(1), to: journal, epoch: later.epoch, after: &position)
    try requireEqual(try await all(journal).count, 3, "events after the new epoch's batch")
  }

  private static func refusesOtherPositions(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    try await append(SampleEvents.numbered(3), to: journal, epoch: opening.epoch, after: &position)
    let launch = [SampleEvents.launch(run: 77)]
    for other in [JournalPosition(0), 2, 4, 1 << 40] {
      try await requireRefusal(.wrongPosition, "a batch after event \(other) of 3") {
        try await journal.append(JournalBatch(epoch: opening.epoch, after: other, events: launch))
      }
    }
    try requireEqual(try await journal.history.run(RunID(77)), nil, "a run of refused batches")
    try await append(launch, to: journal, epoch: opening.epoch, after: &position)
    try require(try await journal.history.run(RunID(77)) != nil, "the run is missing after a good batch")
  }

  private static func acceptsEmptyBatches(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    try await append([], to: journal, epoch: opening.epoch, after: &position)
    try await append(SampleEvents.numbered(1), to: journal, epoch: opening.epoch, after: &position)
    try await append([], to: journal, epoch: opening.epoch, after: &position)
    try requireEqual(try await all(journal), SampleEvents.numbered(1), "events between empty batches")
  }

  private static func endures(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let events = SampleEvents.everyKind + [SampleEvents.launch(run: 99)]
    try await append(events, to: journal, epoch: opening.epoch, after: &position)
    let runs = try await journal.history.runs(before: nil, limit: 10)
    let (again, reopening) = try await store.open()
    try requireEqual(reopening.position, position, "the end after opening again")
    try requireEqual(reopening.incarnation, opening.incarnation, "the incarnation after opening again")
    try requireEqual(try await all(again), events, "events after opening again")
    try requireEqual(try await again.history.runs(before: nil, limit: 10), runs, "runs after opening again")
  }
}

// MARK: - What others say

extension JournalConformance {
  /// Texts that some store might refuse, cut or convert.
  private static let texts = [
    "🛢 emoji", "a zero \u{0} within", "\u{0}", "\u{1}\u{7F}\u{9B}controls\u{1B}[31m", "\u{FFFE}\u{FFFF}\u{10FFFF}",
    "\u{D7FF}\u{E000}",
    "\u{202E}turned", "e\u{301}\u{301}", "'\"\\$1%s;--", "", "\r\n\t", String(repeating: "🛢", count: Limits.messageLength / 4),
  ]
  private static let numbers: [Double] = [.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude]

  private static func takesAnyText(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    let plan = SampleEvents.plan(run: 1)
    let (step, target) = (StepID(run: RunID(1), ordinal: 0), PlannedSteps(nodes: plan.nodes)[0]!.targets[0])
    let version = VersionRef(target, 1)
    let metadata = Metadata(
      uniqueKeysWithValues: texts.enumerated().map { ("\($0)\($1.prefix(20))", .text($1)) }
        + numbers.enumerated().map { ("n\($0)", .float($1)) })
    let evaluations = texts.enumerated().map {
      CheckEvaluation(check: CheckIdentity(name: "c\($0)"), severity: .warn, outcome: .failed, message: $1, metadata: metadata)
    }
    let ends: [Int64] = [.min, -1, 0, .max]
    let events: [Event] = [
      .runLaunched(plan), .stepGranted(SampleEvents.grant(step, version, attempt: 1)),
      .logged(
        step, attempt: 1,
        lines: texts.enumerated().map { LogLine(at: Timestamp(microseconds: ends[$0 % ends.count]), level: .error, message: $1) },
        dropped: 0),
      .staged(
        step, attempt: 1,
        [
          StagedOutput(
            asset: target.asset, locator: Locator(scheme: "\u{0}", uri: texts[0], format: texts[1], size: .max),
            metadata: metadata)
        ]),
      .checked(step, attempt: 1, version, evaluations),
      .attemptEnded(step, attempt: 1, .failed(StepFailure(kind: .threw, message: texts[1])), returnsSlot: true),
      .stepFinished(step, .failed(StepFailure(kind: .threw, message: texts[1]))),
    ]
    for event in events {
      try await append([StampedEvent(at: SampleEvents.at(1), event: event)], to: journal, epoch: opening.epoch, after: &position)
    }
    let logs = try await journal.history.logs(of: RunID(1), step: nil, after: 0, limit: 100)
    let wanted = texts.map { $0.replacing("\u{0}", with: "\u{FFFD}") }
    try requireEqual(logs.map { Array($0.line.message.utf8) }, wanted.map { Array($0.utf8) }, "log lines")
    let said = try await journal.history.evaluations(of: version).map(\.evaluation).sorted { $0.check < $1.check }
    try requireEqual(said.map(\.message), evaluations.sorted { $0.check < $1.check }.map(\.message), "messages of checks")
    try requireEqual(try await all(journal).count, events.count, "events")
  }
}
