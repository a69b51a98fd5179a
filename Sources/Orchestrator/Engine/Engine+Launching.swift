// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// Launches, with what takes long done beside the loop.
extension Engine {
  /// How many launches of a request are decided and appended before others get their turn.
  package static let launchesAtOnce = 500
  /// From how much there is to look at on, assets in the workspace times clauses of its selection, a launch is worked out beside the loop.
  package static let largeGraph = 1_000
  /// How many nodes may have been worked out beside the loop for launches that are decided at once.
  static let nodesAtOnce = 200_000

  /// Launches a run.
  ///
  /// - Throws: ``CommandError`` when the launch is refused, ``EngineError`` as ``submit(_:)`` does, `CancellationError` where the task
  ///   is cancelled before it is decided.
  public func launch(_ request: LaunchRequest) async throws -> LaunchReceipt {
    switch try await launch([request])[0] {
    case .launched(let receipt): return try await completed(receipt)
    case .refused(let error): throw error
    case .done, .taken: throw EngineError(.stopped, "the engine gave no receipt")
    }
  }

  /// Launches runs in turn, in portions that are decided and made durable together; the replies are in their order, and a refused one
  /// hinders no other. One whose definitions change while it is worked out comes after those behind it.
  ///
  /// Where an error ends it midway, those that were decided before have their replies, and the others are refused as `undecided`.
  /// - Throws: as ``launch(_:)-(LaunchRequest)`` does, where no reply is there.
  public func launch(_ requests: [LaunchRequest]) async throws -> [Reply] {
    var queue = LaunchQueue(requests)
    do {
      while let portion = queue.next(among: definedAssets.load(ordering: .relaxed)) {
        try Task.checkCancellation()
        queue.note(try await decide(portion), of: portion)
      }
    } catch  where queue.hasReplies {
      return queue.replies(for: error)
    }
    return queue.all
  }

  private func decide(_ portion: LaunchQueue.Portion) async throws -> [Reply] {
    guard portion.isLarge else {
      // Where there are more assets by the time that it is decided, it is worked out beside the loop after all.
      return try await submit(portion.requests.map { .launch($0, prepared: $0.mayBeLarge ? .missing : nil) })
    }
    return try await launching.holding { try await submit(prepared(portion.requests)) }
  }

  /// Commands for the first ones of some launches, with what they come to: as many as are worked out on one copy of the state.
  private func prepared(_ requests: [LaunchRequest]) async throws -> [Command] {
    let basis = try await durableState()
    let now = clock.now
    return try await withTaskExecutorPreference(beside) { [policy] in
      var (nodes, work) = (0, 0)
      var commands: [Command] = []
      for request in requests where nodes < Self.nodesAtOnce && work < LaunchLimits.workBeside {
        try Task.checkCancellation()
        let prepared = PreparedLaunch(request, on: basis, policy: policy, at: now)
        nodes += prepared.size
        work += prepared.work
        commands.append(.launch(request, prepared: prepared))
      }
      return commands
    }
  }

  /// The state forgets a run that has ended; the history knows how many steps it had.
  private func completed(_ receipt: LaunchReceipt) async throws -> LaunchReceipt {
    guard receipt.isRepeat, receipt.steps == 0, let record = try await history.run(receipt.run) else { return receipt }
    return LaunchReceipt(run: receipt.run, isRepeat: true, steps: record.stepCount, leftOut: receipt.leftOut)
  }
}
