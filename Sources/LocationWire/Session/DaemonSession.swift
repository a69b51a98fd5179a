// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// A daemon's half of its session with one location, as a pure value.
///
/// Streams come and go; the session goes on while the location is the same instance. What was received counts as acknowledged
/// only once ``delivered(through:)`` says that it is durable.
///
/// Its states are *closed*, *opening* (after ``open()``, until ``opened(_:)``) and *open*. Commands are kept in each of them, and
/// dropped when a new session begins: the location's status then tells what it has, and whoever sent them decides again.
package struct DaemonSession: Sendable {
  package let incarnation: Incarnation
  package let epoch: Epoch
  private var phase = Phase.closed
  /// The session that could go on.
  private var past: SessionOpened?
  private var outbox = Outbox<Command>()
  private var inbox = Inbox()
  /// What has come of the status with which a new session begins; nil once it is whole.
  private var status: StatusAssembly?
  private var durable: UInt64 = 0

  private enum Phase { case closed, opening, open }

  package init(incarnation: Incarnation, epoch: Epoch) {
    self.incarnation = incarnation
    self.epoch = epoch
  }

  /// The highest event that is durable here, to be told to the location.
  ///
  /// Nil until the location has answered: an instance that has just begun would be told of numbers that it never gave.
  package var acknowledgement: UInt64? { phase == .open ? durable : nil }

  /// The highest event that has arrived in the open session, durable or not.
  package var received: UInt64? { phase == .open ? inbox.received : nil }

  package var hasUnsent: Bool { phase == .open && outbox.hasUnsent }

  /// The number of the oldest command that was sent on the present stream and is not acknowledged; nil where all are.
  package var oldestUnacknowledged: UInt64? {
    phase == .open && outbox.sent > outbox.acknowledged ? outbox.acknowledged + 1 : nil
  }

  // MARK: Streams

  /// Begins a stream: the message that opens it.
  package mutating func open() -> SessionOpen {
    phase = .opening
    return SessionOpen(
      incarnation: incarnation, epoch: epoch,
      resume: past.map { SessionOpen.Resume(instance: $0.instance, session: $0.session, received: inbox.received) })
  }

  /// The location has answered.
  ///
  /// - Parameter received: The highest command that the location has.
  /// - Returns: Whether the session goes on; otherwise a new one begins, and ``Delivery/opened(_:through:)`` follows.
  /// - Throws: ``WireError`` where the answer does not fit what was asked.
  package mutating func opened(_ opened: SessionOpened, received: UInt64) throws(WireError) -> Bool {
    guard phase == .opening else { throw WireError(.outOfOrder, field: "opened", "comes unasked") }
    if opened.isResumed {
      guard let past, past.instance == opened.instance, past.session == opened.session else {
        throw WireError(.outOfOrder, field: "opened.session", "\(opened.session) is not the session that was to go on")
      }
      guard outbox.resume(received: received) else {
        throw WireError(.outOfOrder, field: "acknowledged", "\(received) was never sent, or was taken back")
      }
      try acknowledge(received)
    } else {
      outbox = Outbox()
      inbox = Inbox()
      durable = 0
      status = StatusAssembly()
    }
    past = opened
    phase = .open
    return opened.isResumed
  }

  /// The stream has ended, whoever ended it.
  package mutating func closed() { phase = .closed }

  /// The next stream begins a new session: what was received could not be made durable.
  package mutating func forget() { past = nil }

  // MARK: From the location

  /// What the daemon's owner is to be told, in this order.
  package enum Delivery: Hashable, Sendable {
    /// A new session has begun, and this is what the location has.
    case opened(HostStatus, through: UInt64)
    case events([Received<LocationEvent>], through: UInt64)
  }

  /// Takes numbered events.
  ///
  /// - Throws: ``WireError`` where the location has lost its count or says what it may not: the stream must end, and the next one
  ///   begins a new session, since of these events none is delivered.
  package mutating func receive(first: UInt64, _ events: [Received<LocationEvent>]) throws(WireError) -> [Delivery] {
    guard phase == .open, let opened = past else {
      throw WireError(.outOfOrder, field: "events", "come before the session is open")
    }
    do throws(WireError) {
      return try deliveries(of: inbox.accept(first: first, events), opened)
    } catch {
      forget()
      throw error
    }
  }

  private mutating func deliveries(
    of events: ArraySlice<Received<LocationEvent>>, _ past: SessionOpened
  ) throws(WireError) -> [Delivery] {
    var deliveries: [Delivery] = []
    var plain: [Received<LocationEvent>] = []
    for event in events {
      guard case .item(.status(let part)) = event else {
        guard status == nil else { throw WireError(.outOfOrder, field: "events", "come before the end of the status") }
        plain.append(event)
        continue
      }
      guard status != nil else { throw WireError(.outOfOrder, field: "status", "comes within a session") }
      try status?.append(part)
      // Nothing else can lie between two parts: `through` of the last is the number of this event, or a later one's.
      if part.isLast, let whole = status {
        status = nil
        deliveries.append(.opened(whole.status(of: past), through: 0))
      }
    }
    if !plain.isEmpty { deliveries.append(.events(plain, through: inbox.received)) }
    return deliveries.map { delivery in
      guard case .opened(let status, _) = delivery else { return delivery }
      return .opened(status, through: inbox.received - UInt64(plain.count))
    }
  }

  /// Everything up to a number is durable.
  package mutating func delivered(through number: UInt64) { durable = max(durable, min(number, inbox.received)) }

  /// The location has taken every command up to a number.
  ///
  /// - Throws: ``WireError`` where that was never sent.
  package mutating func acknowledge(_ number: UInt64) throws(WireError) { _ = try outbox.acknowledge(number) }

  // MARK: To the location

  /// Keeps a command until the location has it.
  ///
  /// - Returns: false where too many are kept already (``WireLimits/bufferedCommands``): the session must begin anew.
  package mutating func send(_ command: Command) -> Bool {
    guard outbox.count < WireLimits.bufferedCommands else { return false }
    outbox.append(command)
    return true
  }

  /// The next commands to send, as many as one message may hold.
  package mutating func takeUnsent() -> (first: UInt64, items: [Command])? {
    phase == .open ? outbox.takeUnsent() : nil
  }
}
