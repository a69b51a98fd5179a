// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import LocationWire
import TestSupport
import Testing

/// Well-formed messages in senseless orders, with numbers from anywhere; `SLUICE_NONSENSE_SEEDS` says how many seeds.
@Suite struct SenselessOrderTests {
  private static let seeds = ProcessInfo.processInfo.environment["SLUICE_NONSENSE_SEEDS"].flatMap { UInt64($0) } ?? 2_000

  @Test func `whatever a location says, its daemon gives each number once, in order, and acknowledges no other`() {
    for seed in 0..<Self.seeds {
      var talk = DaemonTalk(seed: seed)
      let problem = talk.problem()
      #expect(problem == nil, "seed \(seed), after:\n\(talk.said.suffix(20).joined(separator: "\n"))")
    }
  }

  @Test func `whatever a daemon says, its location gives each number once, in order, and forgets only what was sent`() {
    for seed in 0..<Self.seeds {
      var talk = HostTalk(seed: seed)
      let problem = talk.problem()
      #expect(problem == nil, "seed \(seed), after:\n\(talk.said.suffix(20).joined(separator: "\n"))")
    }
  }
}

extension SplitMix {
  /// A number near another, or where numbers end.
  mutating func number(near base: UInt64) -> UInt64 {
    switch int(0...9) {
    case 0: 0
    case 1: .max
    case 2: base &+ UInt64(int(2...5))
    case 3: base &- 1
    case 4: 1
    default: base
    }
  }
}

// MARK: - The daemon's half

/// A daemon's half of a session, and a location that says anything.
private struct DaemonTalk {
  private var choices: SplitMix
  private var session = DaemonSession(incarnation: Incarnation(7), epoch: 1)
  private(set) var said: [String] = []
  /// What this session has delivered, and the number that it has received.
  private var delivered: UInt64 = 0
  private var isStatusTold = false
  private var sent = 0

  init(seed: UInt64) { choices = SplitMix(seed: seed) }

  mutating func problem() -> String? {
    for _ in 0..<120 {
      if let problem = step() { return problem }
      let acknowledged = session.acknowledgement ?? 0
      if acknowledged > delivered { return "event \(acknowledged) is acknowledged, and \(delivered) were delivered" }
      if let owed = session.oldestUnacknowledged, owed > UInt64(sent) { return "command \(owed) is owed, of \(sent)" }
    }
    return nil
  }

  private mutating func step() -> String? {
    switch choices.int(0...11) {
    case 0:
      said.append("open")
      let open = session.open()
      if let received = open.resume?.received, received > delivered {
        return "event \(received) counts as received, and \(delivered) were delivered"
      }
    case 1, 2: opened()
    case 3:
      said.append("closed")
      session.closed()
    case 4:
      said.append("forget")
      session.forget()
    case 5...8: return receive()
    case 9:
      let number = choices.number(near: delivered)
      said.append("durable \(number)")
      if number <= delivered { session.delivered(through: number) }
    case 10:
      let number = choices.number(near: UInt64(sent))
      said.append("acknowledge \(number)")
      _ = try? session.acknowledge(number)
    default:
      said.append("send")
      if session.send(.cancel(Samples.attempt(1))) { sent += 1 }
      _ = session.takeUnsent()
    }
    return nil
  }

  private mutating func opened() {
    let answer = SessionOpened(
      instance: choices.int(0...4) == 0 ? "other" : "host", session: choices.number(near: 1), isResumed: choices.int(0...1) == 0,
      manifest: ManifestDigest("sha256:1"), slots: Int(UInt32.max), isDraining: false)
    let received = choices.number(near: UInt64(sent))
    said.append("opened \(answer) received \(received)")
    guard let isResumed = try? session.opened(answer, received: received) else { return session.closed() }
    if !isResumed { (delivered, isStatusTold, sent) = (0, false, 0) }
  }

  private mutating func receive() -> String? {
    let first = choices.number(near: delivered + 1)
    let events = (0..<choices.int(0...4)).map { index in event(first &+ UInt64(index)) }
    said.append("events \(first) \(events)")
    let deliveries: [DaemonSession.Delivery]
    do throws(WireError) {
      deliveries = try session.receive(first: first, events)
    } catch {
      said.append("refused: \(error)")
      session.closed()
      return nil
    }
    for delivery in deliveries {
      switch delivery {
      case .opened(_, let through):
        if isStatusTold { return "a status is told twice in a session" }
        isStatusTold = true
        if through < delivered { return "the status goes through \(through), after \(delivered)" }
        delivered = through
      case .events(let events, let through):
        if !isStatusTold { return "events are told before the status" }
        if through != delivered + UInt64(events.count) {
          return "\(events.count) events after \(delivered) go through \(through)"
        }
        for (index, event) in events.enumerated() where number(of: event).map({ $0 != delivered + 1 + UInt64(index) }) ?? false {
          return "event \(delivered + 1 + UInt64(index)) is not the one that was sent"
        }
        delivered = through
      }
    }
    // Parts of a status are received without being told.
    if deliveries.isEmpty, !isStatusTold, let received = session.received { delivered = max(delivered, received) }
    return nil
  }

  /// What a number stands for; the first are the status.
  private mutating func event(_ number: UInt64) -> Received<LocationEvent> {
    switch choices.int(0...9) {
    case 0: .item(.status(.init(unsettled: [Samples.version(1)], isLast: choices.int(0...1) == 0)))
    case 1: .unknown
    case 2: .malformed(WireError(.malformed, "malformed"), Samples.attempt(1))
    default:
      isStatusTold
        ? .item(.report(.logged(Samples.attempt(1), lines: [], dropped: Int(clamping: number))))
        : .item(.status(.init(isLast: number > 1)))
    }
  }

  private func number(of event: Received<LocationEvent>) -> UInt64? {
    guard case .item(.report(.logged(_, _, let number))) = event else { return nil }
    return UInt64(number)
  }
}

// MARK: - The location's half

/// A location's half of a session, and a daemon that says anything.
private struct HostTalk {
  private var choices: SplitMix
  private var session = HostSession(instance: "host", incarnation: Incarnation(7))
  private(set) var said: [String] = []
  private var accepted: UInt64 = 0

  init(seed: UInt64) { choices = SplitMix(seed: seed) }

  mutating func problem() -> String? {
    var highest: Epoch = 0
    for _ in 0..<120 {
      if let problem = step() { return problem }
      if session.epoch < highest { return "the epoch went back from \(highest)" }
      if session.received != accepted { return "\(session.received) commands are received, and \(accepted) were given" }
      highest = session.epoch
    }
    return nil
  }

  private mutating func step() -> String? {
    switch choices.int(0...9) {
    case 0, 1: open()
    case 2...4:
      let first = choices.number(near: accepted + 1)
      let count = choices.int(0...4)
      said.append("commands \(first) \(count)")
      guard let new = try? session.accept(first: first, Array(repeating: .unknown, count: count)) else { return nil }
      accepted += UInt64(new.count)
    case 5:
      let number = choices.number(near: UInt64(choices.int(0...6)))
      said.append("acknowledge \(number)")
      _ = try? session.acknowledge(number)
    case 6: _ = session.admit(attempt())
    case 7, 8: report()
    default: return take()
    }
    return nil
  }

  private mutating func attempt() -> AttemptID { Samples.attempt(choices.int(1...3)) }

  private mutating func open() {
    let resume = SessionOpen.Resume(
      instance: choices.int(0...4) == 0 ? "other" : "host", session: choices.number(near: session.session),
      received: choices.number(near: UInt64(choices.int(0...6))))
    let open = SessionOpen(
      incarnation: Incarnation(7), epoch: choices.int(0...9) == 0 ? session.epoch &+ 1 : choices.number(near: session.epoch),
      resume: choices.int(0...3) == 0 ? nil : resume)
    said.append("\(open)")
    switch session.verdict(on: open) {
    case .refuse: break
    case .resume: session.resume(open)
    case .begin:
      session.begin(open, unsettled: [Samples.version(1)])
      accepted = 0
    }
  }

  private mutating func report() {
    let attempt = attempt()
    said.append("report on \(attempt)")
    switch choices.int(0...3) {
    case 0: session.report(.started(attempt))
    case 1: session.report(.logged(attempt, lines: [], dropped: choices.int(0...3)))
    case 2: session.report(.finished(attempt, .completed))
    default: session.settled(.init(version: Samples.version(1), decision: .promote, error: nil))
    }
  }

  private mutating func take() -> String? {
    said.append("take")
    guard let taken = session.takeUnsent() else { return nil }
    if taken.items.isEmpty || taken.items.count > WireLimits.frameItems { return "a frame of \(taken.items.count) items" }
    return taken.first == 0 ? "numbers begin with 1" : nil
  }
}
