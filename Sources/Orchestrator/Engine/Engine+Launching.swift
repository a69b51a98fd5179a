// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// Launches, with what takes long done beside the loop.
extension Engine {
  /// How many launches of a request are decided and appended before others get their turn.
  package static let launchesAtOnce = 500
  /// From how many steps in the workspace on a selection of any number of them is worked out beside the loop.
  package static let largeGraph = 1_000
  /// How many nodes may have been worked out beside the loop for launches that are decided at once.
  static let nodesAtOnce = 200_000

  /// Launches a run.
  ///
  /// - Throws: ``CommandError`` when the launch is refused, ``EngineError`` as ``submit(_:)`` does.
  public func launch(_ request: LaunchRequest) async throws -> LaunchReceipt {
    switch try await decide([request])[0] {
    case .launched(let receipt): return try await completed(receipt)
    case .refused(let error): throw error
    case .done, .taken: throw EngineError(.stopped, "the engine gave no receipt")
    }
  }

  /// Launches runs in turn, in portions that are decided and made durable together; the replies are in their order, and a refused one
  /// hinders no other.
  ///
  /// - Throws: ``EngineError`` as ``submit(_:)`` does; what was launched before then goes on.
  public func launch(_ requests: [LaunchRequest]) async throws -> [Reply] {
    var replies: [Reply] = []
    for start in stride(from: 0, to: requests.count, by: Self.launchesAtOnce) {
      let portion = requests[start..<min(start + Self.launchesAtOnce, requests.count)]
      replies += try await decide(Array(portion))
    }
    return replies
  }

  private func decide(_ requests: [LaunchRequest]) async throws -> [Reply] {
    guard definedSteps.load(ordering: .relaxed) >= Self.largeGraph, requests.contains(where: \.mayBeLarge) else {
      return try await submit(requests.map { .launch($0) })
    }
    return try await launching.holding { try await submit(prepared(requests)) }
  }

  /// Commands that launch, with what they come to where that takes long to work out.
  private func prepared(_ requests: [LaunchRequest]) async throws -> [Command] {
    let basis = try await durableState()
    let now = max(clock.now, basis.now)
    return await withTaskExecutorPreference(beside) { [policy] in
      var nodes = 0
      return requests.map { request in
        guard request.mayBeLarge, nodes < Self.nodesAtOnce else { return .launch(request) }
        let prepared = PreparedLaunch(request, on: basis, policy: policy, at: now)
        nodes += prepared.size
        return .launch(request, prepared: prepared)
      }
    }
  }

  /// The state forgets a run that has ended; the history knows how many steps it had.
  private func completed(_ receipt: LaunchReceipt) async throws -> LaunchReceipt {
    guard receipt.isRepeat, receipt.steps == 0, let record = try await history.run(receipt.run) else { return receipt }
    return LaunchReceipt(run: receipt.run, isRepeat: true, steps: record.stepCount, leftOut: receipt.leftOut)
  }
}
