// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import Foundation
import Synchronization

/// Runs one step of a test: the closure, storage's encoding, the checks.
struct TestBench {
  private let step: StepDeclaration
  private let partition: PartitionKey
  private let bound: BoundInputs
  private let checks: [Check]
  private let notes = Notes()
  private let context: @Sendable () -> Step
  private let deadline: SuspendingClock.Instant

  init(
    _ step: StepDeclaration, partition: PartitionKey, inputs: [GivenInput], resources: [GivenResource],
    configuration: Configuration, checks: [Check], trace: TraceContext? = nil
  ) throws {
    self.step = step
    self.partition = partition
    self.checks = checks
    bound = try Self.bind(inputs, to: step)
    let space = try Self.space(of: step, containing: partition)
    let pool = ResourcePool(resources.map(\.declaration), configuration: configuration)
    context = Self.context(
      name: step.name, partition: partition, space: space, timeout: step.timeout, pool: pool, configuration: configuration,
      notes: notes, trace: trace)
    deadline = .now + min(step.timeout, .seconds(86_400))
    let keys = Set(step.outputs.map(\.key))
    for check in checks where !keys.contains(check.asset) {
      throw TestKitError("check '\(check.declaration.spec.name)' is on '\(check.asset)', which this step does not yield")
    }
  }

  /// One version an output, in the order of the outputs.
  func materialize() async throws -> [Materialized<any Sendable>] {
    let context = context()
    let values = try await step.compute(bound, context)
    let storage = InMemoryIOManager()
    var result: [Materialized<any Sendable>] = []
    for (output, value) in zip(step.outputs, values) {
      let version = VersionID(incarnation: Incarnation(0), asset: try AssetKey(output.key), partition: partition, number: 1)
      let staged = try await storage.stage(value, as: version)
      let loaded = try await output.value.load(storage, staged.locator)
      let metadata = staged.metadata
        .merging((value as? Elsewhere)?.metadata ?? [:]) { $1 }
        .merging(context.metadata.all(of: output.key)) { $1 }
      let results = await evaluate(output, on: loaded)
      result.append(Materialized(value: loaded, metadata: metadata.bounded().kept, checks: results, logs: notes.lines))
    }
    return result
  }

  private func evaluate(_ output: AssetAttributes, on value: any Sendable) async -> CheckResults {
    let evaluator = CheckEvaluator(deadline: deadline, executor: nil, context: context)
    var results: [CheckEvaluation] = []
    for check in output.checks + checks.filter({ $0.asset == output.key }).map(\.declaration) {
      results.append(await Self.result(of: evaluator.evaluate(check, on: value), check))
    }
    return CheckResults(all: results)
  }

  static func evaluate(
    _ check: CheckDeclaration, on value: any Sendable, asset: String, partition: PartitionKey, resources: [GivenResource],
    configuration: Configuration
  ) async throws -> CheckEvaluation {
    let pool = ResourcePool(resources.map(\.declaration), configuration: configuration)
    let space = partition == .only ? PartitionSpace.single : .keys(try StaticKeys([partition.description]))
    let context = context(
      name: asset, partition: partition, space: space, timeout: check.spec.timeout, pool: pool, configuration: configuration,
      notes: Notes())
    let evaluator = CheckEvaluator(
      deadline: .now + min(check.spec.timeout * 2, .seconds(86_400)), executor: nil, context: context)
    return await result(of: evaluator.evaluate(check, on: value), check)
  }

  private static func result(of end: CheckEvaluator.End, _ check: CheckDeclaration) -> CheckEvaluation {
    switch end {
    case .evaluated(let evaluation): evaluation
    case .pastDeadline, .cancelled:
      CheckEvaluation(
        check: check.spec.identity, severity: check.spec.severity, outcome: .timedOut, message: "the test ended before the check")
    }
  }
}

/// What a test gives, fitted to what the step asks for.
extension TestBench {
  private static func bind(_ inputs: [GivenInput], to step: StepDeclaration) throws -> BoundInputs {
    var unused = inputs
    let values = try step.readings.map { reading in
      guard let index = unused.firstIndex(where: { $0.key == reading.key && $0.shape == reading.shape }) else {
        let name = reading.shape == .all ? "\(reading.key) (all)" : reading.key
        throw TestKitError("'\(step.name)' reads '\(name)': add '.given(<the dependency>, <a value>)' to 'inputs'")
      }
      return unused.remove(at: index).value
    }
    if let extra = unused.first { throw TestKitError("'\(step.name)' does not read '\(extra.name)': remove it from 'inputs'") }
    return BoundInputs(values)
  }

  private static func space(of step: StepDeclaration, containing partition: PartitionKey) throws -> PartitionSpace {
    // Partitions inherited from an `Output` are known only to the whole location.
    let isUnknown = step.partitions == nil && step.hint == nil && step.readings.contains { $0.partitions.hint == nil }
    if isUnknown { return partition == .only ? .single : .keys(try StaticKeys([partition.description])) }
    let space = try step.hint?.space() ?? .single
    guard space.index(of: partition) != nil else {
      let mend = space.isPartitioned ? "pass 'partition:'" : "leave 'partition:' out"
      let now = Timestamp(Date())
      throw TestKitError("'\(step.name)' has no partition '\(partition)': \(mend); \(space.summary(at: now))")
    }
    return space
  }

  private static func context(
    name: String, partition: PartitionKey, space: PartitionSpace, timeout: Duration, pool: ResourcePool,
    configuration: Configuration, notes: Notes, trace: TraceContext? = nil
  ) -> @Sendable () -> Step {
    let deadline = Timestamp(Date()) + timeout
    let attempt = AttemptID(incarnation: Incarnation(0), step: StepID(run: RunID(1), ordinal: 0), number: 1)
    let trace = trace.map { StepTrace(of: attempt, in: $0) }
    return {
      Step(
        attempt: attempt, name: name, partition: partition, inputs: [], deadline: deadline, trace: trace,
        configuration: configuration, log: notes.log, metadata: StepMetadata(), space: space, resources: pool)
    }
  }
}

/// The lines that a test's step logs.
final class Notes: Sendable {
  private let all = Mutex<[LogLine]>([])
  var lines: [LogLine] { all.withLock { $0 } }

  var log: StepLog {
    StepLog { level, message in
      let line = LogLine(at: Timestamp(Date()), level: level, message: message)
      self.all.withLock { $0.append(line) }
    }
  }
}
