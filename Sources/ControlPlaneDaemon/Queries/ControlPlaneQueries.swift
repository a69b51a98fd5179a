// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
package import Orchestrator
import Workspace

/// What the API answers: the engine's state joined with its history, in the API's own shapes.
///
/// Everything here throws ``APIError`` for what the caller can mend, or an error that ``APIError/init(describing:)`` translates.
package struct ControlPlaneQueries: Sendable {
  let engine: Engine
  let controls: any DaemonControls
  private let questions = Permits(QueryLimits.questionsAtOnce, mostWaiting: QueryLimits.waiting)

  package init(engine: Engine, controls: any DaemonControls) {
    self.engine = engine
    self.controls = controls
  }

  var history: any History { engine.history }

  /// Answers what may be about every asset: on threads of its own, and not too often at once. Answers do not nest. Whoever has gone
  /// meanwhile is not answered.
  ///
  /// - Throws: ``TooManyWaiting``, `CancellationError`, and what `body` throws.
  func answering<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await questions.holding {
      try Task.checkCancellation()
      return try await withTaskExecutorPreference(LongWorkThreads.questions) { try await body() }
    }
  }

  /// Asks a copy of the durable state what would keep the engine's loop. The copy is let go of before anything else is waited for, since
  /// the loop copies what it changes as long as it lives.
  func asking<Value>(_ body: (State) throws -> Value) async throws -> Value { try body(await engine.durableState()) }

  /// Parses an asset key and makes sure that it is defined.
  func known(_ text: String) async throws -> AssetKey {
    let key = try AssetKey(text)
    if try await engine.read({ $0.graph.assets[key] != nil }) { return key }
    return try await asking { state in
      // What may have been meant is looked for among all keys.
      do throws(ModelError) {
        _ = try state.graph.resolve(Selection(keys: [key]))
      } catch {
        let mend =
          state.graph.refusal(of: key.description) == nil
          ? "'sluice assets' lists what there is" : "mend the definition; 'sluice locations' lists what is refused"
        throw APIError(.notFound, error.message, mend: mend)
      }
      return key
    }
  }

  package func status() async throws -> DaemonStatus {
    let facts = controls.facts
    // Without its store a daemon has no state that it could vouch for; it still says what is wrong, and soon.
    // Asked once: a second question would wait for a store that has fallen silent after the first.
    let state = try? await engine.read(within: Engine.slowStore) { state in
      (
        epoch: state.epoch, incarnation: state.incarnation, runs: state.unfinishedRunCount, locations: state.locationStandings,
        refused: state.refusedDefinitions
      )
    }
    let problems =
      controls.problems + [unreadiness, clockProblem].compactMap(\.self)
      + self.problems(of: state?.locations ?? [], refused: state?.refused ?? [:])
    var (role, leader): (DaemonStatus.Role, String?) = (.leading, nil)
    switch engine.status {
    case .leading: break
    case .following(let name): (role, leader) = (.following, name)
    case .starting, .paused: role = .waiting
    }
    return DaemonStatus(
      version: facts.version, role: role, leader: leader, epoch: state?.epoch ?? 0,
      incarnation: state?.incarnation.description ?? "",
      startedAt: Instant(facts.startedAt), dataDirectory: facts.dataDirectory, workspace: facts.workspace,
      position: engine.position, runsInProgress: state?.runs ?? 0,
      locations: locationCounts(state?.locations ?? []), problems: problems)
  }
}

extension APIError {
  /// What an error of the daemon's inside means to a caller.
  init(describing error: any Error) {
    switch error {
    case let error as APIError: self = error
    case let error as ModelError: self.init(.badRequest, error.message)
    case let error as CommandError where [.stale, .undecided].contains(error.code):
      self.init(.unavailable, error.message, mend: "try again shortly")
    case let error as CommandError: self.init(error.code == .notFound ? .notFound : .badRequest, error.message)
    case let error as TooManyWaiting:
      self.init(
        .unavailable, "\(error.most) requests of this kind wait already (waiting), and no more may", mend: "try again shortly")
    case let error as WorkspaceError:
      self.init(.invalidWorkspace, error.description, mend: "the running workspace stays in force; mend the file and reload")
    case let error as EngineError where error.code == .following:
      self.init(.unavailable, error.message, mend: "ask the daemon that leads, or this one again once it does")
    case let error as EngineError: self.init(.unavailable, error.message, mend: "try again shortly")
    case let error as JournalError where error.code == .pruned:
      self.init(.gone, error.message, mend: "read on from that event, or without 'after' from now on")
    case let error as JournalError: self.init(.unavailable, error.message, mend: "try again shortly")
    case is CancellationError: self.init(.unavailable, "the daemon is stopping", mend: "try again shortly")
    default: self.init(.internal, "the daemon failed to answer: \(error)")
    }
  }
}
