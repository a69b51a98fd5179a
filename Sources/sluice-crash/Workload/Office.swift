// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI

/// Carries actions to the daemon, and writes down what it acknowledges.
struct Office: Sendable {
  let desk: Desk
  let ledger: Ledger
  let trace: Trace

  /// Does it once; true where the daemon acknowledged it.
  ///
  /// - Throws: ``Violation`` for an answer that must not be.
  func attempt(_ action: Action) async throws -> Bool {
    do {
      try await send(action)
      trace.note("acknowledged: \(action)")
      return true
    } catch is DaemonUnreachable {
      return false
    } catch let error as APIError where error.code == .unavailable {
      return false
    } catch let error as APIError {
      throw Violation(.acknowledged, "the daemon refused to \(action): \(error.code.rawValue), \(error.message)")
    } catch let error as UnexpectedAnswer {
      throw Violation(.acknowledged, "the daemon could not be understood on \(action): \(error.detail)")
    }
  }

  /// Does it until the daemon acknowledges it, as clients with a key may.
  func perform(_ action: Action) async throws {
    let deadline = ContinuousClock.now + CrashLimits.patience
    while try await !attempt(action) {
      guard ContinuousClock.now < deadline else {
        throw Violation(.rest, "no acknowledgement within \(CrashLimits.patience): \(action)")
      }
      try await Task.sleep(for: CrashLimits.look)
    }
  }

  private func send(_ action: Action) async throws {
    switch action {
    case .launch(let order), .again(let order): try await launch(order)
    case .launchMany(let orders): try await launch(orders)
    case .cancel(let key, let run): try await cancel(run, key)
    }
  }

  private func launch(_ order: Order) async throws {
    ledger.ask(order)
    let result = try await desk.ask { try await $0.launch(LaunchRequest(order)) }
    try ledger.acknowledge(order.key, run: result.run.id, created: result.created)
  }

  /// Launches all; known keys answer with their runs.
  private func launch(_ orders: [Order]) async throws {
    for order in orders { ledger.ask(order) }
    let answers = try await desk.ask { try await $0.launch(orders.map { LaunchRequest($0) }) }
    guard answers.count == orders.count else {
      throw Violation(.acknowledged, "\(orders.count) launches had \(answers.count) answers")
    }
    for (order, answer) in zip(orders, answers) {
      guard let run = answer.run, let created = answer.created else {
        throw Violation(.acknowledged, "'\(order.key)' was refused: \(answer.error?.message ?? "without a word")")
      }
      try ledger.acknowledge(order.key, run: run, created: created)
    }
  }

  private func cancel(_ run: UInt64, _ key: String) async throws {
    ledger.askCancel(key)
    do {
      _ = try await desk.ask { try await $0.cancel(run: run) }
    } catch let error as APIError where error.code == .conflict {
      // It has ended already.
      return
    }
    ledger.cancelled(key)
  }
}

extension LaunchRequest {
  init(_ order: Order) {
    self.init(
      selection: order.assets.joined(separator: ","),
      partitions: order.partitions.isEmpty ? nil : order.partitions.joined(separator: ","), clientKey: order.key)
  }
}
