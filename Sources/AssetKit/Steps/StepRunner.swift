// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Foundation

/// Runs the steps of one location in this process.
public struct StepRunner: StepRunning {
  private let steps: [String: LoadedStep]
  private let outputs: [AssetKey: LoadedOutput]
  private let fallback: (any IOManager)?
  let environment: StepEnvironment

  init(
    steps: [LoadedStep], loaders: Loaders, fallback: (any IOManager)?, resources: ResourcePool, configuration: Configuration,
    executor: (any TaskExecutor)?
  ) {
    self.steps = Dictionary(steps.map { ($0.spec.name, $0) }) { first, _ in first }
    outputs = Dictionary(steps.flatMap(\.outputs).map { ($0.key, $0) }) { first, _ in first }
    self.fallback = fallback
    environment = StepEnvironment(loaders: loaders, resources: resources, configuration: configuration, executor: executor)
  }

  public func run(_ grant: Grant, reportingTo reports: any StepReporting) async {
    let channel = ReportChannel(grant.attempt, to: reports)
    await channel.send(.started(grant.attempt))
    await channel.send(.finished(grant.attempt, end(of: grant, through: channel)))
  }

  private func end(of grant: Grant, through channel: ReportChannel) async -> StepEnd {
    guard let step = steps[grant.step] else {
      return .failed(
        StepFailure(kind: .undefined, message: "this location defines no step '\(grant.step)'", isRetryable: false))
    }
    guard step.spec.partitions.index(of: grant.partition) != nil else {
      return .failed(
        StepFailure(
          kind: .undefined, message: "'\(grant.step)' has no partition '\(grant.partition)'", isRetryable: false))
    }
    return await StepAttempt(grant: grant, step: step, environment: environment, channel: channel).run()
  }

  public func settle(_ settlement: Settlement) async throws {
    let version = settlement.version
    guard let manager = outputs[version.asset]?.manager ?? fallback else {
      throw StorageError("\(version): this location has no storage for it")
    }
    switch settlement.decision {
    case .discard: try await manager.discard(version, at: settlement.locator)
    case .promote: try await manager.promote(version, at: locator(of: settlement))
    case .reject: try await manager.reject(version, at: locator(of: settlement))
    }
  }

  /// Where an asset of this location is kept; nil for any other.
  func manager(of asset: AssetKey) -> (any IOManager)? { outputs[asset]?.manager }

  /// What the values of an asset of this location are; nil for any other.
  func value(of asset: AssetKey) -> ValueKind? { outputs[asset]?.value }

  private func locator(of settlement: Settlement) throws -> Locator {
    guard let locator = settlement.locator else {
      throw StorageError("\(settlement.version): cannot \(settlement.decision.rawValue) a version without its locator")
    }
    return locator
  }

  public func unsettled() async throws -> [VersionID] {
    var result: [VersionID] = []
    for key in outputs.keys.sorted() {
      if let manager = outputs[key]?.manager { result += try await manager.unsettled(of: [key]) }
    }
    return result
  }
}

/// What every step of a location shares.
struct StepEnvironment: Sendable {
  let loaders: Loaders
  let resources: ResourcePool
  let configuration: Configuration
  let executor: (any TaskExecutor)?

  /// The same by this machine's wall clock, for people and for the team's code.
  func shownDeadline(of grant: Grant) -> Timestamp {
    let now = Timestamp(Date())
    return now + grant.timeLeft(at: now)
  }

  /// When a grant that is taken now must be done with; a deadline far away is cut, so that it can be added to.
  func deadline(of grant: Grant) -> SuspendingClock.Instant {
    .now + min(grant.timeLeft(at: Timestamp(Date())), .seconds(86_400 * 3_650))
  }
}
