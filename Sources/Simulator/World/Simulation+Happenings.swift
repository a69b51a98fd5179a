// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Who does what when something is due.
extension Simulation {
  mutating func perform(_ happening: Happening) throws(Violation) {
    switch happening {
    case .action(let action): try perform(action)
    case .ask(let request, let repeats): ask(request, repeats: repeats)
    case .toHost(let name, let connection, let number, let message):
      arrive(message, at: name, connection: connection, number: number)
    case .toDaemon(let name, let connection, let number, let message):
      arrive(message, from: name, connection: connection, number: number)
    case .acknowledge(let name, let connection, let number):
      if links[name]?.isUp == true, links[name]?.connection == connection { hosts[name]?.outbox.acknowledge(number) }
    case .strayToHost(let name, let instance, let message): handle(stray: message, at: name, instance: instance)
    case .strayToDaemon(let command): if daemon.brain != nil { daemon.inbox.append(Envelope(command: command)) }
    case .act(let name, let instance, let attempt, let index): try act(at: name, instance: instance, attempt, index: index)
    case .stop(let name, let instance, let attempt, let end): stop(attempt, at: name, instance: instance, end)
    case .settle(let name, let instance, let version, let decision):
      try settle(version, decision, at: name, instance: instance)
    case .drained(let name, let instance, let deployment): drained(name, instance: instance, deployment)
    case .startHost(let name): startHost(name)
    case .noticeBreak(let name, let connection, let life): noticeBreak(name, connection: connection, daemon: life)
    case .connect(let name, let life): connect(name, daemon: life)
    case .described(let name, let life, let instance, let deployment):
      open(name, daemon: life, instance: instance, described: deployment)
    case .describeAgain(let name, let life):
      if life == daemon.life, daemon.brain != nil, let host = hosts[name], host.isUp { describe(name, host.deployment) }
    case .leave(let name, let life): leave(name, daemon: life)
    case .appended(let life): try complete(life)
    case .lookForTicks: try lookForTicks()
    case .startDaemon: if daemon.brain == nil { try startDaemon() }
    }
  }

  // MARK: People

  private mutating func ask(_ request: LaunchRequest, repeats: Int) {
    guard daemon.brain != nil else {
      if request.clientKey != nil { queue.add(.ask(request, repeats: repeats), at: later(.seconds(5))) }
      return
    }
    note("launch \(request.selection) \(request.kind)\(request.clientKey.map { ", key \($0)" } ?? "")")
    // As an engine does where there are many assets: on the state of now, which may be another one by the time it is decided.
    let prepared = daemon.brain.flatMap { brain in
      request.mayBeLarge
        ? PreparedLaunch(request, on: brain.core.state, policy: scenario.policy, at: daemonClock) : nil
    }
    daemon.inbox.append(Envelope(command: .launch(request, prepared: prepared), sender: .client(request, repeats: repeats)))
  }

  private mutating func perform(_ action: Action) throws(Violation) {
    if action.fault != nil, areFaultsOver { return }
    if let fault = action.fault {
      note("fault: \(action)")
      countInjected(fault)
    }
    switch action {
    case .launch(let request, let repeats): ask(request, repeats: repeats)
    case .cancel(let share):
      let runs = oracle.unfinished.sorted()
      guard daemon.brain != nil, !runs.isEmpty else { return }
      let run = runs[min(runs.count - 1, Int(share * Double(runs.count)))]
      note("cancel run \(run)")
      daemon.inbox.append(Envelope(command: .cancel(run)))
    case .pauseSchedules: askSchedules { .pauseSchedule($0) }
    case .resumeSchedules: askSchedules { .resumeSchedule($0) }
    case .crashHost(let name, let downFor): crashHost(name, downFor: downFor)
    case .drainHost(let name, let grace): drain(name, grace: grace, deployment: nil)
    case .redeploy(let name, let index, let drains):
      drain(name, grace: drains ? .seconds(30) : .zero, deployment: index)
    case .changeSlots(let name, let slots): changeSlots(of: name, to: slots)
    case .breakSession(let name): breakSession(name)
    case .partition(let name, let duration):
      let end = later(duration)
      links[name]?.unreachableUntil = end
      breakSession(name)
    case .raiseEpoch(let name):
      hosts[name]?.epochSeen = daemon.epoch + 3
      breakSession(name)
    case .crashDaemon(let downFor, nil):
      if daemon.brain != nil { try stopDaemon(applying: dice.chance(0.5), downFor: downFor) }
    case .crashDaemon(_, let share?): crashAfterEffects = share
    case .slowAppends(let count, let latency): journalFaults.slow = (count, latency)
    case .failAppend(let applied): journalFaults.failing.append(applied)
    case .jumpClock(let jump): setClock(by: jump)
    case .reload(let without): reload(without: without)
    case .overlappingWorkspace: loadOverlap()
    }
  }

  /// Faults that strike only later are counted when they do.
  private mutating func countInjected(_ fault: FaultKind) {
    switch fault {
    case .daemonCrashBeforeEffects, .slowAppend, .ambiguousAppend: break
    default: census.count(fault)
    }
  }

  mutating func askSchedules(_ command: (ScheduleID) -> Command) {
    for id in daemon.brain?.core.state.graph.schedules.keys.sorted() ?? [] {
      daemon.inbox.append(Envelope(command: command(id)))
    }
  }

  private mutating func loadOverlap() {
    guard daemon.brain != nil, let name = try? LocationName("thief") else { return }
    let thief = LocationDefinition(name: name, owns: scenario.locations[0].owns)
    daemon.inbox.append(Envelope(command: .loadWorkspace(WorkspaceDefinition(locations: scenario.locations + [thief]))))
  }

  // MARK: Hosts

  mutating func crashHost(_ name: LocationName, downFor: Duration) {
    guard hosts[name]?.isUp == true else { return }
    note("'\(name)' crashes")
    hosts[name]?.crash()
    if !areFaultsOver, dice.chance(0.2), hosts[name]?.undelete() == true { note("'\(name)' finds again what it had deleted") }
    breakSession(name)
    queue.add(.startHost(name), at: later(downFor))
  }

  private mutating func drain(_ name: LocationName, grace: Duration, deployment: Int?) {
    guard let host = hosts[name], host.isUp else { return }
    if grace > .zero {
      hosts[name]?.drain()
      say(.draining, by: name)
    }
    queue.add(.drained(name, instance: host.instance, deployment: deployment), at: later(grace))
  }

  private mutating func drained(_ name: LocationName, instance: Int, _ index: Int?) {
    guard let host = hosts[name], host.isUp, host.instance == instance else { return }
    if let index, let deployment = scenario.deployments[name]?[index] { hosts[name]?.deployment = deployment }
    crashHost(name, downFor: dice.seconds(0...5))
  }

  private mutating func startHost(_ name: LocationName) {
    note("'\(name)' starts with \(hosts[name]?.deployment.digest.description ?? "nothing")")
    hosts[name]?.start()
  }

  mutating func changeSlots(of name: LocationName, to slots: Int) {
    guard hosts[name]?.isUp == true else { return }
    hosts[name]?.slots = slots
    say(.slots(slots), by: name)
  }

  // MARK: The workspace

  mutating func reload(without names: [LocationName]) {
    workspaceFile = WorkspaceDefinition(locations: scenario.locations.filter { !names.contains($0.name) })
    note("workspace without \(names)")
    guard daemon.brain != nil else { return }
    daemon.inbox.append(Envelope(command: .loadWorkspace(workspaceFile)))
    for name in names { queue.add(.leave(name, daemon: daemon.life), at: later(.seconds(70))) }
    for location in workspaceFile.locations where links[location.name]?.isUp == false {
      queue.add(.connect(location.name, daemon: daemon.life), at: later(dice.seconds(0...3)))
    }
    // A location that comes back under its old session has to describe itself again.
    for location in workspaceFile.locations where links[location.name]?.isUp == true {
      queue.add(.describeAgain(location.name, daemon: daemon.life), at: later(dice.seconds(0...3)))
    }
  }

  private mutating func leave(_ name: LocationName, daemon life: Int) {
    guard life == daemon.life, !workspaceFile.locations.contains(where: { $0.name == name }) else { return }
    breakSession(name)
  }
}
