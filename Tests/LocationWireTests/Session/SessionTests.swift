// SPDX-License-Identifier: Apache-2.0

import AssetModel
import LocationWire
import Testing

@Suite struct SessionTests {
  private let first = Samples.attempt(1)
  private let second = Samples.attempt(2)

  @Test func `a session opens with the location's status, and carries both ways`() throws {
    var link = Link()
    link.unsettled = [Samples.version(9)]
    try link.connect(expecting: .new)
    try link.carryEvents()
    #expect(link.statuses.map(\.attempts) == [[]])
    #expect(link.statuses[0].unsettled == [Samples.version(9)])
    #expect(link.statuses[0].slots == 4)

    link.grant(first)
    try link.carryCommands()
    #expect(link.commands == [.grant(Samples.grant(first))])
    let story: [StepReport] = [.started(first), .finished(first, .completed)]
    for report in story { link.host.report(report) }
    try link.carryEvents()
    #expect(link.reports == story)
    #expect(link.host.isQuiet)
  }

  @Test func `lost commands and events are sent again when the session resumes, and arrive once`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    link.grant(first)
    try link.carryCommands(lost: true)
    link.breakOff()
    try link.connect(expecting: .resumed)
    try link.carryCommands()
    #expect(link.commands == [.grant(Samples.grant(first))])

    link.host.report(.started(first))
    try link.carryEvents(lost: true)
    link.breakOff()
    link.host.report(.finished(first, .completed))
    try link.connect(expecting: .resumed)
    try link.carryEvents()
    #expect(link.reports == [.started(first), .finished(first, .completed)])
    #expect(link.statuses.count == 1)
  }

  @Test func `a command is owed from when it was sent until it is acknowledged`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    #expect(link.daemon.oldestUnacknowledged == nil)
    link.grant(first)
    #expect(link.daemon.oldestUnacknowledged == nil)
    try link.carryCommands(lost: true)
    link.grant(second)
    #expect(link.daemon.oldestUnacknowledged == 1)
    // Without a stream nothing is on its way.
    link.breakOff()
    #expect(link.daemon.oldestUnacknowledged == nil)
    try link.connect(expecting: .resumed)
    #expect(link.daemon.oldestUnacknowledged == nil)
    try link.carryCommands()
    #expect(link.commands.count == 2)
    #expect(link.daemon.oldestUnacknowledged == nil)
  }

  @Test func `repeated messages change nothing`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents(repeated: true)
    link.grant(first)
    try link.carryCommands(repeated: true)
    link.host.report(.started(first))
    try link.carryEvents(repeated: true)
    #expect(link.statuses.count == 1)
    #expect(link.commands.count == 1)
    #expect(link.reports == [.started(first)])
  }

  @Test func `a reordered message ends the stream, and the resumed session makes it good`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    link.grant(first)
    let takenEarly = link.daemon.takeUnsent()
    link.grant(second)
    let takenLate = link.daemon.takeUnsent()
    let early = try #require(takenEarly)
    let late = try #require(takenLate)
    #expect(throws: WireError.self) { try link.host.accept(first: late.first, late.items.map { .item($0) }) }
    #expect(early.first == 1)
    link.breakOff()
    try link.connect(expecting: .resumed)
    try link.carryCommands()
    #expect(link.commands == [.grant(Samples.grant(first)), .grant(Samples.grant(second))])
  }

  @Test func `an instance that has just begun is told nothing of the last one's numbers`() throws {
    var link = Link()
    try link.connect()
    link.grant(first)
    try link.carryCommands()
    link.host.report(.started(first))
    try link.carryEvents()
    #expect(link.daemon.acknowledgement == 2)
    link.restartHost()
    _ = link.daemon.open()
    #expect(link.daemon.acknowledgement == nil)
    let early = link.daemon.takeUnsent()
    #expect(early == nil)
    link.daemon.closed()
    try link.connect(expecting: .new)
    #expect(link.daemon.acknowledgement == 0)
    try link.carryEvents()
    #expect(link.statuses.count == 2)
  }

  @Test func `what arrived but was not made durable is not sent twice on resume, and not forgotten either`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    link.grant(first)
    try link.carryCommands()
    link.host.report(.started(first))
    try link.carryEvents(acknowledged: false)
    link.breakOff()
    try link.connect()
    try link.carryEvents(acknowledged: false)
    #expect(link.reports == [.started(first)])
    link.restartDaemon()
    link.reports = []
    try link.connect(expecting: .new)
    try link.carryEvents()
    #expect(link.reports == [.started(first)])
  }

  @Test func `a new daemon finds running, finished and unacknowledged attempts in the status`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    link.grant(first)
    link.grant(second)
    try link.carryCommands()
    link.host.report(.started(first))
    try link.carryEvents()
    link.host.report(.started(second))
    link.host.report(.finished(second, .completed))
    link.host.settled(.init(version: Samples.version(), decision: .promote, error: nil))
    try link.carryEvents(lost: true)

    link.restartDaemon()
    try link.connect(expecting: .new)
    try link.carryEvents()
    #expect(
      link.statuses.last?.attempts == [
        KnownAttempt(attempt: first, reports: []),
        KnownAttempt(attempt: second, reports: [.started(second), .finished(second, .completed)]),
      ])
    #expect(link.settled.count == 1)

    // Acknowledged with the status: the finished one is forgotten, the running one is not.
    link.restartDaemon()
    try link.connect()
    try link.carryEvents()
    #expect(link.statuses.last?.attempts == [KnownAttempt(attempt: first, reports: [])])
  }

  @Test func `a status that was lost on its way is told again, whole`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    link.grant(first)
    try link.carryCommands()
    link.host.report(.finished(first, .completed))
    link.restartDaemon()
    try link.connect()
    try link.carryEvents(lost: true)
    link.breakOff()
    try link.connect(expecting: .resumed)
    try link.carryEvents()
    #expect(link.statuses.last?.attempts == [KnownAttempt(attempt: first, reports: [.finished(first, .completed)])])
    link.restartDaemon()
    try link.connect()
    try link.carryEvents()
    #expect(link.statuses.last?.attempts == [])
  }

  @Test func `a new instance of the location begins a new session, which drops what was commanded before`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    link.grant(first)
    link.restartHost()
    try link.connect(expecting: .new)
    try link.carryEvents()
    try link.carryCommands()
    #expect(link.commands.isEmpty)
    #expect(link.statuses.last?.instance == "host-1'")
  }

  @Test func `a grant for a known attempt re-attaches: nothing runs twice`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    link.grant(first)
    try link.carryCommands()
    link.restartDaemon()
    try link.connect()
    try link.carryEvents()
    link.grant(first)
    try link.carryCommands()
    #expect(link.commands.count == 1)
  }

  @Test func `a lower epoch is refused, an equal or higher one is not`() throws {
    var link = Link(epoch: 5)
    try link.connect()
    let lower = SessionOpen(incarnation: link.host.incarnation, epoch: 4, resume: nil)
    #expect(link.host.verdict(on: lower) == .refuse(highest: 5))
    #expect(link.host.verdict(on: SessionOpen(incarnation: link.host.incarnation, epoch: 5, resume: nil)) == .begin)
    #expect(link.host.verdict(on: SessionOpen(incarnation: link.host.incarnation, epoch: 6, resume: nil)) == .begin)
  }

  @Test func `a resume of another session, instance, epoch or count begins anew`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    func open(_ instance: String, _ session: UInt64, _ received: UInt64, epoch: Epoch = 1) -> SessionOpen {
      SessionOpen(
        incarnation: link.host.incarnation, epoch: epoch,
        resume: .init(instance: instance, session: session, received: received))
    }
    #expect(link.host.verdict(on: open("host-1", 1, 1)) == .resume)
    #expect(link.host.verdict(on: open("host-2", 1, 1)) == .begin)
    #expect(link.host.verdict(on: open("host-1", 2, 1)) == .begin)
    #expect(link.host.verdict(on: open("host-1", 1, 9)) == .begin)
    #expect(link.host.verdict(on: open("host-1", 1, 1, epoch: 2)) == .begin)
  }

  @Test func `what could not be made durable makes the next session begin anew`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    link.breakOff()
    link.daemon.forget()
    try link.connect(expecting: .new)
  }

  @Test func `a location that answers what was not asked is refused`() throws {
    var link = Link()
    let opened = SessionOpened(
      instance: "host-1", session: 1, isResumed: true, manifest: ManifestDigest("sha256:1"), slots: 1, isDraining: false)
    #expect(throws: WireError.self) { try link.daemon.opened(opened, received: 0) }
    _ = link.daemon.open()
    #expect(throws: WireError.self) { try link.daemon.opened(opened, received: 0) }
    try link.connect()
    #expect(throws: WireError.self) { try link.daemon.receive(first: 1, [.item(.draining)]) }
    #expect(throws: WireError.self) { try link.daemon.acknowledge(3) }
    #expect(throws: WireError.self) { try link.host.acknowledge(3) }
  }
}

@Suite struct HostBufferTests {
  @Test func `logs are dropped first, from their midst, with a count that is always told, and step events never`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    let attempt = Samples.attempt()
    link.grant(attempt)
    try link.carryCommands()
    link.host.report(.started(attempt))
    let text = String(repeating: "x", count: 10_000)
    let count = 3_000
    for number in 0..<count { link.host.report(Samples.logged(attempt, "\(number) \(text)")) }
    link.host.report(.staged(attempt, []))
    link.host.report(.finished(attempt, .completed))
    try link.carryEvents()

    var numbers: [Int] = []
    var dropped = 0
    for case .logged(_, let lines, let lost) in link.reports {
      // The lines before these are missing, and no others.
      dropped += lost
      numbers += lines.compactMap { Int($0.message.prefix { $0 != " " }) }
      #expect(numbers.last == numbers.count - 1 + dropped)
    }
    #expect(dropped > 0)
    #expect(numbers.count + dropped == count)
    #expect(numbers.count * 10_000 <= WireLimits.bufferedLogBytes + WireLimits.bufferedTailBytes)
    #expect(numbers.first == 0 && numbers.last == count - 1)
    #expect(link.reports.first == .started(attempt))
    let end = Array(link.reports.suffix(3))
    #expect(end.first == .staged(attempt, []) && end.last == .finished(attempt, .completed))
    guard case .logged(_, let tail, dropped) = end[1] else { return #expect(Bool(false), "\(end[1])") }
    #expect(tail.count == WireLimits.bufferedTailBytes / 10_100)
  }

  @Test func `once acknowledged, the room for logs is there again`() throws {
    var link = Link()
    try link.connect()
    try link.carryEvents()
    let attempt = Samples.attempt()
    link.grant(attempt)
    try link.carryCommands()
    let text = String(repeating: "x", count: 10_000)
    for _ in 0..<5 {
      for _ in 0..<700 { link.host.report(Samples.logged(attempt, text)) }
      try link.carryEvents()
    }
    #expect(link.reports.count == 3_500)
    #expect(link.reports.allSatisfy { if case .logged(_, let lines, 0) = $0 { lines.count == 1 } else { false } })
  }

  @Test func `a full buffer says so, so that steps wait`() {
    var host = HostSession(instance: "a", incarnation: Incarnation(1))
    for number in 1...WireLimits.bufferedEvents / 2 {
      _ = host.admit(Samples.attempt(number))
      host.report(.started(Samples.attempt(number)))
      host.report(.finished(Samples.attempt(number), .completed))
    }
    #expect(host.isFull)
  }

  @Test func `a fenced attempt's late reports are not kept`() {
    var host = HostSession(instance: "a", incarnation: Incarnation(1))
    _ = host.admit(Samples.attempt())
    host.report(.finished(Samples.attempt(), .cancelled))
    host.report(.staged(Samples.attempt(), []))
    host.report(.started(Samples.attempt(2)))
    host.begin(SessionOpen(incarnation: Incarnation(1), epoch: 1, resume: nil), unsettled: [])
    let sent = host.takeUnsent()
    #expect(
      sent?.items == [
        .status(
          .init(
            attempts: [KnownAttempt(attempt: Samples.attempt(), reports: [.finished(Samples.attempt(), .cancelled)])],
            isLast: true))
      ])
  }

  @Test func `a large status travels in parts and arrives whole`() throws {
    var link = Link()
    let text = String(repeating: "x", count: 10_000)
    for number in 1...20 {
      let attempt = Samples.attempt(number)
      _ = link.host.admit(attempt)
      for _ in 0..<30 { link.host.report(Samples.logged(attempt, text)) }
      link.host.report(.finished(attempt, .completed))
    }
    link.unsettled = (1...20_000).map { Samples.version(UInt32($0)) }
    try link.connect()
    try link.carryEvents()
    #expect(link.statuses.count == 1)
    #expect(link.statuses[0].attempts.map(\.attempt) == (1...20).map { Samples.attempt($0) })
    #expect(link.statuses[0].attempts.allSatisfy { $0.reports.count == 31 })
    #expect(link.statuses[0].unsettled == link.unsettled)
    #expect(link.host.isQuiet)
  }
}
