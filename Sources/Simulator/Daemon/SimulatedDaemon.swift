// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// A command on its way to the core, with what its sender waits for.
struct Envelope {
  enum Sender {
    case nobody
    /// A message of a session, acknowledged when it is durable.
    case session(LocationName, serial: Int, number: Int)
    case client(LaunchRequest, repeats: Int)
  }

  let command: Command
  var sender = Sender.nobody
}

/// The control plane's process: a core while it is up, what waits for it, the batch that is being appended, and what is decided ahead.
struct SimulatedDaemon {
  struct Batch {
    var events: [StampedEvent] = []
    var effects: [Effect] = []
    var answers: [(sender: Envelope.Sender, reply: Reply)] = []

    var isEmpty: Bool { events.isEmpty && effects.isEmpty && answers.isEmpty }
  }

  var brain: Brain?
  /// Makes running time; its uptime is the world's clock.
  var clock: RunningClock?
  /// Whether everything that is due is decided in time.
  var punctuality = Punctuality()
  var epoch: Epoch = 0
  /// Grows with every start, so that nothing of an earlier life is taken for this one's.
  private(set) var life = 0
  var inbox: [Envelope] = []
  var appending: Batch?
  /// What was decided meanwhile; it is appended next, and nobody knows of it before.
  var ahead = Batch()
  /// The state at the end of the last life, when all that had been decided was in the journal then.
  private(set) var lastState: State?

  mutating func start(_ state: State, policy: CorePolicy, sabotage: Sabotage?, wall: Timestamp, uptime: Duration) {
    life += 1
    epoch += 1
    brain = Brain(state, policy: policy, sabotage: sabotage)
    clock = RunningClock(after: state, wall: wall, uptime: uptime)
    punctuality = Punctuality()
    inbox = []
    appending = nil
    ahead = Batch()
    lastState = nil
  }

  mutating func stop() {
    life += 1
    lastState = appending == nil && ahead.isEmpty ? brain?.core.state : nil
    brain = nil
    inbox = []
    appending = nil
    ahead = Batch()
  }
}
