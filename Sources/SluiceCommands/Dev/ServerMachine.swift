// SPDX-License-Identifier: Apache-2.0

/// What a server that `sluice dev` runs goes through: a pure machine, driven with what happens and when. `docs/state-machines.md` has its
/// table.
package struct ServerMachine: Hashable, Sendable {
  package struct Policy: Hashable, Sendable {
    package var restart = RestartMachine.Policy()
    /// How often the executable is looked at.
    package var look: Duration = .milliseconds(200)
    /// How long another build must stay the same before it is taken to be complete: a linker writes for a while.
    package var settled: Duration = .milliseconds(600)
    /// How long a port may be taken at the beginning: what another `sluice dev` left ends within this.
    package var portPatience: Duration = .seconds(3)

    package init() {}
  }

  /// Where the server is. `stopped` and `refused` are final.
  package enum Phase: Hashable, Sendable {
    /// There is no executable; it is started once there is one.
    case absent
    case waiting(until: ContinuousClock.Instant)
    case running
    /// Asked to end, since there is another build.
    case draining
    /// Its definitions are broken: only another build can help.
    case broken
    /// Asked to end for good.
    case stopping
    case stopped
    /// Its port is somebody else's.
    case refused
  }

  /// How a life of the process ended.
  package enum End: Hashable, Sendable {
    /// The same executable would end in the same way.
    case broken
    case portTaken
    case other
  }

  package enum Happening: Hashable, Sendable {
    /// The executable was looked at; nil where it is not there.
    case looked(ExecutableStamp?)
    case ended(End)
    case stopRequested
  }

  /// What is to be done, or to be said.
  package enum Action: Hashable, Sendable {
    case start
    /// Ask the process to end, and to finish what it does.
    case drain
    case sayAbsent
    case sayRebuilt
    case sayBroken
    case sayPortTaken(again: Duration)
    case sayEnded(again: Duration)
  }

  package private(set) var phase: Phase
  private let policy: Policy
  /// Since when it has tried to start what there is.
  private var began: ContinuousClock.Instant
  private var restarts: RestartMachine
  /// The build that was started last.
  private var build: ExecutableStamp?
  /// Another build, and since when it has stayed the same.
  private var candidate: Candidate?
  /// Whether a life of it was long: what takes its port afterwards is for people to end, and the others go on meanwhile.
  private var hasServed = false

  private struct Candidate: Hashable, Sendable {
    let stamp: ExecutableStamp
    let since: ContinuousClock.Instant
  }

  /// A server that may be started at once.
  package init(at now: ContinuousClock.Instant, policy: Policy = Policy()) {
    self.policy = policy
    began = now
    restarts = RestartMachine(at: now, policy: policy.restart)
    phase = .waiting(until: now)
  }

  /// Whether nothing follows any more.
  package var isOver: Bool { phase == .stopped || phase == .refused }

  /// Takes what happened; what cannot happen in a phase changes nothing.
  package mutating func take(_ happening: Happening, at now: ContinuousClock.Instant) -> [Action] {
    switch happening {
    case .looked(let stamp): looked(stamp, at: now)
    case .ended(let end): ended(end, at: now)
    case .stopRequested: stopRequested()
    }
  }

  private mutating func looked(_ stamp: ExecutableStamp?, at now: ContinuousClock.Instant) -> [Action] {
    let isSettled = settles(stamp, at: now)
    switch phase {
    case .waiting(let until) where now >= until:
      guard let stamp else {
        phase = .absent
        return [.sayAbsent]
      }
      return start(stamp, at: now)
    case .absent, .broken:
      guard isSettled, let stamp else { return [] }
      restarts = RestartMachine(at: now, policy: policy.restart)
      return start(stamp, at: now)
    case .running where isSettled:
      phase = .draining
      return [.sayRebuilt, .drain]
    case .waiting, .running, .draining, .stopping, .stopped, .refused: return []
    }
  }

  /// Whether there is another build than the one that was started, which nobody writes any more.
  private mutating func settles(_ stamp: ExecutableStamp?, at now: ContinuousClock.Instant) -> Bool {
    guard let stamp, stamp != build else {
      candidate = nil
      return false
    }
    if let candidate, candidate.stamp == stamp { return now - candidate.since >= policy.settled }
    candidate = Candidate(stamp: stamp, since: now)
    return policy.settled <= .zero
  }

  private mutating func start(_ stamp: ExecutableStamp, at now: ContinuousClock.Instant) -> [Action] {
    if phase == .absent || phase == .broken { began = now }
    build = stamp
    candidate = nil
    restarts.started(at: now)
    phase = .running
    return [.start]
  }

  private mutating func ended(_ end: End, at now: ContinuousClock.Instant) -> [Action] {
    hasServed = hasServed || restarts.isStable(at: now)
    switch (phase, end) {
    case (.stopping, _):
      phase = .stopped
      return []
    case (.draining, _):
      restarts = RestartMachine(at: now, policy: policy.restart)
      phase = .waiting(until: now)
      return []
    case (.running, .broken):
      phase = .broken
      return [.sayBroken]
    case (.running, .portTaken) where !hasServed && now - began >= policy.portPatience:
      phase = .refused
      return []
    case (.running, _):
      let delay = restarts.ended(at: now) ?? .zero
      phase = .waiting(until: now + delay)
      return [end == .portTaken ? .sayPortTaken(again: delay) : .sayEnded(again: delay)]
    case (.absent, _), (.waiting, _), (.broken, _), (.stopped, _), (.refused, _): return []
    }
  }

  private mutating func stopRequested() -> [Action] {
    switch phase {
    case .absent, .waiting, .broken:
      phase = .stopped
      return []
    case .running:
      phase = .stopping
      return [.drain]
    case .draining:
      phase = .stopping
      return []
    case .stopping, .stopped, .refused: return []
    }
  }
}
