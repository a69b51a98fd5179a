// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Connections, sessions, and messages on their way.
extension Simulation {
  mutating func latency() -> Duration { dice.chance(0.9) ? dice.milliseconds(1...100) : dice.milliseconds(100...5_000) }

  /// Mostly so soon that the next attempt is in flight when it comes.
  mutating func strayDelay() -> Duration { dice.chance(0.7) ? dice.milliseconds(0...30_000) : dice.seconds(0...900) }

  // MARK: Saying

  mutating func say(_ message: ToHost, to name: LocationName) {
    if !areFaultsOver, dice.chance(scenario.temper.stray) {
      census.count(.strayMessage)
      let instance = hosts[name]?.instance ?? 0
      queue.add(.strayToHost(name, instance: instance, message), at: later(strayDelay()))
    }
    guard let number = links[name]?.session.map({ $0.said.count + 1 }) else { return }
    links[name]?.session?.said.append(message)
    if links[name]?.isUp == true { transmit(message, number: number, to: name) }
  }

  private mutating func transmit(_ message: ToHost, number: Int, to name: LocationName) {
    guard let link = links[name], let session = link.session else { return }
    let arrival = max(later(latency()), session.lastToHost + .microseconds(1))
    links[name]?.session?.lastToHost = arrival
    queue.add(.toHost(name, connection: link.connection, number: number, message), at: arrival)
  }

  mutating func report(_ report: StepReport, by name: LocationName) {
    if !areFaultsOver, dice.chance(scenario.temper.stray) {
      census.count(.strayMessage)
      queue.add(.strayToDaemon(.reports(name, [report])), at: later(strayDelay()))
    }
    say(.report(report), by: name)
  }

  mutating func say(_ message: FromHost, by name: LocationName) {
    guard let number = hosts[name]?.outbox.append(message) else { return }
    if links[name]?.isUp == true { transmit(message, number: number, from: name) }
  }

  private mutating func transmit(_ message: FromHost, number: Int, from name: LocationName) {
    guard let link = links[name], let session = link.session else { return }
    let arrival = max(later(latency()), session.lastToDaemon + .microseconds(1))
    links[name]?.session?.lastToDaemon = arrival
    queue.add(.toDaemon(name, connection: link.connection, number: number, message), at: arrival)
  }

  // MARK: Connecting

  mutating func connect(_ name: LocationName, daemon life: Int) {
    guard life == daemon.life, daemon.brain != nil, links[name]?.isUp == false,
      workspaceFile.locations.contains(where: { $0.name == name }), let host = hosts[name], let link = links[name]
    else { return }
    guard host.isUp, link.unreachableUntil <= clock else {
      return queue.add(.connect(name, daemon: life), at: later(dice.seconds(1...10)))
    }
    var deployment = host.deployment
    if !areFaultsOver, dice.chance(scenario.temper.staleDescription) {
      census.count(.staleDescription)
      deployment = dice.pick(scenario.deployments[name] ?? [deployment])
    }
    queue.add(.described(name, daemon: life, instance: host.instance, deployment), at: later(latency()))
  }

  mutating func describe(_ name: LocationName, _ deployment: Deployment) {
    note("'\(name)' describes itself: \(deployment.digest)\(deployment.isReadable ? "" : ", unreadable")")
    let command: Command =
      deployment.isReadable
      ? .manifestReceived(name, deployment.digest, deployment.manifest)
      : .manifestUnreadable(name, reason: "\(deployment.digest) cannot be decoded")
    daemon.inbox.append(Envelope(command: command))
  }

  mutating func open(_ name: LocationName, daemon life: Int, instance: Int, described deployment: Deployment) {
    guard life == daemon.life, daemon.brain != nil, let host = hosts[name], let link = links[name], !link.isUp else { return }
    guard host.isUp, host.instance == instance, link.unreachableUntil <= clock else {
      return queue.add(.connect(name, daemon: life), at: later(dice.seconds(1...10)))
    }
    describe(name, deployment)
    if deployment != host.deployment {
      queue.add(.describeAgain(name, daemon: life), at: later(dice.seconds(1...30)))
    }
    guard host.epochSeen <= daemon.epoch else {
      note("'\(name)' refuses epoch \(daemon.epoch)")
      return queue.add(.connect(name, daemon: life), at: later(dice.seconds(5...30)))
    }
    hosts[name]?.epochSeen = daemon.epoch
    if let session = link.session, session.epoch == daemon.epoch, session.instance == instance, dice.chance(0.6) {
      resume(name, session)
    } else {
      reopen(name, instance: instance)
    }
  }

  private mutating func resume(_ name: LocationName, _ session: Link.Session) {
    note("session with '\(name)' resumes")
    links[name]?.open(session)
    guard let host = hosts[name] else { return }
    daemon.inbox.append(Envelope(command: .sessionResumed(name, host.resumingStatus)))
    for (offset, message) in session.said.enumerated().dropFirst(session.hostReceived) {
      transmit(message, number: offset + 1, to: name)
    }
    for (number, message) in host.outbox.after(session.daemonReceived) { transmit(message, number: number, from: name) }
  }

  private mutating func reopen(_ name: LocationName, instance: Int) {
    note("session with '\(name)' opens without a past")
    let serial = links[name]?.connection ?? 0
    links[name]?.open(Link.Session(epoch: daemon.epoch, instance: instance, serial: serial))
    guard let status = hosts[name]?.openingStatus() else { return }
    say(.opened(status), by: name)
  }

  mutating func breakSession(_ name: LocationName) {
    guard let link = links[name], link.isUp else { return }
    note("session with '\(name)' breaks")
    links[name]?.breakDown()
    let noticed = dice.chance(0.5) ? Duration.zero : dice.seconds(0...30)
    queue.add(.noticeBreak(name, connection: link.connection + 1, daemon: daemon.life), at: later(noticed))
  }

  mutating func noticeBreak(_ name: LocationName, connection: Int, daemon life: Int) {
    guard life == daemon.life, daemon.brain != nil, links[name]?.connection == connection else { return }
    daemon.inbox.append(Envelope(command: .sessionClosed(name, reason: "it broke")))
    queue.add(.connect(name, daemon: life), at: later(dice.milliseconds(10...5_000)))
  }

  // MARK: Arriving

  mutating func arrive(_ message: ToHost, at name: LocationName, connection: Int, number: Int) {
    guard let link = links[name], link.isUp, link.connection == connection, let session = link.session,
      number == session.hostReceived + 1
    else { return }
    links[name]?.session?.hostReceived = number
    handle(message, at: name)
  }

  mutating func arrive(_ message: FromHost, from name: LocationName, connection: Int, number: Int) {
    guard let link = links[name], link.isUp, link.connection == connection, let session = link.session, daemon.brain != nil,
      number == session.daemonReceived + 1
    else { return }
    links[name]?.session?.daemonReceived = number
    let command: Command =
      switch message {
      case .opened(let status): .sessionOpened(name, status)
      case .report(let report): .reports(name, [report])
      case .settled(let version): .settled(name, version)
      case .settlementFailed(let version): .settlementFailed(name, version)
      case .slots(let slots): .capacityChanged(name, slots: slots)
      case .draining: .drainingBegan(name)
      }
    daemon.inbox.append(
      Envelope(
        command: command,
        sender: .session(name, serial: session.serial, number: number)))
  }
}
