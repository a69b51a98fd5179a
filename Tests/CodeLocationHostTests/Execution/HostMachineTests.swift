// SPDX-License-Identifier: Apache-2.0

import AssetModel
import CodeLocationHost
import LocationWire
import Testing

@Suite struct HostMachineTests {
  private static let digest = ManifestDigest("sha256:1")
  private var machine = HostMachine(instance: "host-1", manifest: digest, slots: 2)
  private var sent: [Incarnation: UInt64] = [:]
  private var now = ContinuousClock.now

  @discardableResult
  private mutating func open(_ epoch: Epoch = 1, incarnation: Incarnation = Samples.incarnation) -> SessionOpened? {
    sent[incarnation] = 0
    return try? machine.open(SessionOpen(incarnation: incarnation, epoch: epoch, resume: nil), unsettled: [], at: now)
  }

  /// The last stream of a store ends, and its grace passes.
  private mutating func leave(_ incarnation: Incarnation = Samples.incarnation) {
    machine.close(incarnation, at: now)
    now += HostLimits.storeGrace
  }

  private mutating func command(
    _ commands: Command..., incarnation: Incarnation = Samples.incarnation
  ) throws -> [HostMachine.Action] {
    let first = sent[incarnation, default: 0] + 1
    sent[incarnation, default: 0] += UInt64(commands.count)
    return try machine.accept(incarnation, first: first, commands.map { .item($0) })
  }

  private mutating func events(_ incarnation: Incarnation = Samples.incarnation) -> [LocationEvent] {
    var events: [LocationEvent] = []
    while let taken = machine[incarnation].takeUnsent() { events += taken.items }
    return events.filter { if case .status = $0 { false } else { true } }
  }

  private func refused(_ number: Int, _ refusal: StepEnd.Refusal) -> LocationEvent {
    .report(.finished(Samples.attempt(number), .refused(refusal)))
  }

  private func grant(_ number: Int, epoch: Epoch = 1, manifest: ManifestDigest = digest) -> Grant {
    Samples.grant(number, epoch: epoch, manifest: manifest)
  }

  @Test mutating func `grants run while slots are free, and a finished attempt gives its slot back`() throws {
    _ = open()
    let started = try command(.grant(grant(1)), .grant(grant(2)), .grant(grant(3)))
    #expect(started == [.start(grant(1)), .start(grant(2))])
    let refusals = events()
    #expect(refusals == [refused(3, .overloaded)])
    machine.report(.finished(Samples.attempt(1), .completed))
    let again = try command(.grant(grant(4)))
    #expect(again == [.start(grant(4))])
    #expect(machine.heartbeat.inFlight == 2)
  }

  @Test mutating func `a grant under another manifest or a lower epoch is refused, and so is any while draining`() throws {
    _ = open(5)
    let actions = try command(
      .grant(grant(1, epoch: 5, manifest: ManifestDigest("sha256:0"))), .grant(grant(2, epoch: 4)))
    #expect(actions.isEmpty)
    machine.drain()
    let late = try command(.grant(grant(3, epoch: 5)))
    #expect(late.isEmpty)
    let told = events()
    #expect(told == [refused(1, .staleManifest), refused(2, .staleEpoch), .draining, refused(3, .draining)])
    #expect(machine.heartbeat.isDraining)
  }

  @Test mutating func `a session of a lower epoch is refused, and each incarnation has its own`() throws {
    #expect(open(5) != nil)
    #expect(open(4) == nil)
    let other = Incarnation(1)
    leave()
    #expect(open(1, incarnation: other) != nil)
    let actions = try command(.grant(Samples.grant(1, manifest: Self.digest, incarnation: other)), incarnation: other)
    #expect(actions.count == 1)
    machine.report(.started(Samples.attempt(1, incarnation: other)))
    let (mine, theirs) = (events(), events(other))
    #expect(mine.isEmpty)
    #expect(theirs.count == 1)
  }

  @Test mutating func `an attempt that is known is granted once`() throws {
    _ = open()
    _ = try command(.grant(grant(1)))
    let again = try command(.grant(grant(1)))
    #expect(again == [.note("attempt \(Samples.attempt(1)) is known: it goes on")])
    #expect(machine.running.count == 1)
  }

  @Test mutating func `a cancel reaches a running attempt, and no other`() throws {
    _ = open()
    let actions = try command(.grant(grant(1)), .cancel(Samples.attempt(1)), .cancel(Samples.attempt(2)))
    #expect(actions == [.start(grant(1)), .cancel(Samples.attempt(1))])
  }

  @Test mutating func `what belongs to another store is left alone`() throws {
    _ = open()
    let foreign = Incarnation(2)
    let actions = try command(
      .grant(Samples.grant(1, manifest: Self.digest, incarnation: foreign)),
      .settle(Settlement(version: Samples.version(1, incarnation: foreign), decision: .discard, locator: nil)))
    #expect(actions.allSatisfy { if case .note = $0 { true } else { false } })
    #expect(machine.running.isEmpty)
  }

  @Test mutating func `a malformed grant fails its attempt and hurts no other command`() throws {
    _ = open()
    let actions = try machine.accept(
      Samples.incarnation, first: 1,
      [
        .malformed(WireError(.malformed, field: "grant.work", "is absent"), Samples.attempt(1)), .unknown,
        .item(.grant(grant(2))),
      ])
    #expect(actions.last == .start(grant(2)))
    let told = events()
    guard case .report(.finished(Samples.attempt(1), .failed(let failure))) = told.first else {
      Issue.record("the attempt did not fail: \(told)")
      return
    }
    #expect(failure.message.contains("grant.work"))
    #expect(!failure.isRetryable)
  }

  @Test mutating func `what an attempt says after its end is dropped`() throws {
    _ = open()
    _ = try command(.grant(grant(1)))
    machine.report(.finished(Samples.attempt(1), .cancelled))
    machine.report(.started(Samples.attempt(1)))
    machine.report(.finished(Samples.attempt(1), .completed))
    let told = events()
    #expect(told == [.report(.finished(Samples.attempt(1), .cancelled))])
  }

  @Test mutating func `of many stores' worlds the longest unused one is forgotten, and none with an attempt in flight`() throws {
    _ = open()
    _ = try command(.grant(grant(1)))
    leave()
    for number in 1...UInt32(HostLimits.worlds + 3) {
      _ = open(7, incarnation: Incarnation(number))
      leave(Incarnation(number))
    }
    #expect(machine[Samples.incarnation].epoch == 1)
    #expect(machine[Incarnation(1)].epoch == 0)
    #expect(machine[Incarnation(UInt32(HostLimits.worlds + 3))].epoch == 7)
  }

  // MARK: Whose it is

  @Test mutating func `while one store's control plane is connected no other is let in, and it goes on undisturbed`() throws {
    #expect(open() != nil)
    let other = SessionOpen(incarnation: Incarnation(1), epoch: 9, resume: nil)
    let since = now
    now += .seconds(60)
    let refusal = refusal(of: other)
    guard case .otherStore(let holder)? = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
    #expect(holder.incarnation == Samples.incarnation && holder.since == since && holder.closed == nil)
    let words = holder.refusal.words(to: other, at: now)
    #expect(
      words.contains("store \(Samples.incarnation)") && words.contains("00000001") && words.contains("mend: stop the other"))
    let actions = try command(.grant(grant(1)))
    #expect(actions == [.start(grant(1))])
  }

  @Test mutating func `another store is let in once the first has been gone for the grace, and not before`() throws {
    open()
    machine.close(Samples.incarnation, at: now)
    let gone = now
    now += HostLimits.storeGrace - .milliseconds(1)
    #expect(open(incarnation: Incarnation(1)) == nil)
    now = gone + HostLimits.storeGrace
    #expect(open(incarnation: Incarnation(1)) != nil)
    #expect(open() == nil, "now the first one is the other")
  }

  @Test mutating func `the highest epoch of all is taken from who proves whose it is, and does no harm where nobody does`() {
    #expect(open(.max) != nil)
    machine = HostMachine(
      instance: "host-2", manifest: Self.digest, slots: 2, epochJump: HostLimits.insecureEpochJump)
    #expect(open(.max) == nil)
    #expect(open(7) != nil)
    #expect(open(7 + HostLimits.insecureEpochJump + 1) == nil)
    #expect(open(7 + HostLimits.insecureEpochJump) != nil)
    let refusal = refusal(of: SessionOpen(incarnation: Samples.incarnation, epoch: .max, resume: nil))
    let words = refusal?.words(to: SessionOpen(incarnation: Samples.incarnation, epoch: .max, resume: nil), at: now) ?? ""
    #expect(words.contains("18446744073709551615") && words.contains("insecureEpochJump"))
  }

  private func refusal(of open: SessionOpen) -> OpenRefusal? {
    do throws(OpenRefusal) {
      _ = try machine.verdict(on: open, at: now)
      return nil
    } catch {
      return error
    }
  }
}

extension StorePresence.Holder {
  fileprivate var refusal: OpenRefusal { .otherStore(self) }
}
