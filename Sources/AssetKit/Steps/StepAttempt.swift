// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// One attempt at a step, from its grant to its end.
struct StepAttempt: Sendable {
  private let grant: Grant
  private let step: LoadedStep
  private let environment: StepEnvironment
  private let channel: ReportChannel
  private let deadline: SuspendingClock.Instant
  private let shownDeadline: Timestamp

  init(grant: Grant, step: LoadedStep, environment: StepEnvironment, channel: ReportChannel) {
    self.grant = grant
    self.step = step
    self.environment = environment
    self.channel = channel
    deadline = environment.deadline(of: grant)
    shownDeadline = environment.shownDeadline(of: grant)
  }

  /// Does what the grant says, and gets back by its deadline whatever the team's code does.
  func run() async -> StepEnd {
    let end = await TeamCall(deadline: deadline, executor: environment.executor).run {
      switch grant.work {
      case .materialize(let inputs, let outputs): try await materialize(inputs, outputs)
      case .check(let checks): try await check(checks)
      }
    }
    switch end {
    case .returned: return .completed
    case .threw(let error): return ((error as? StepStop) ?? StepStop(thrown: error)).end
    case .timedOut: return pastDeadline.end
    case .cancelled: return .cancelled
    }
  }

  /// Runs the closure, stages what it returns and evaluates the checks.
  private func materialize(_ inputs: [GrantedInput], _ granted: [GrantedOutput]) async throws {
    let outputs = try match(granted)
    let made = try await stage(try await compute(try await bind(inputs), inputs: inputs), as: outputs)
    await channel.send(.staged(grant.attempt, made))
    for ((output, granted), staged) in zip(outputs, made) {
      try await check(output, PinnedVersion(version: granted.version, locator: staged.locator), granted.checks)
    }
  }

  /// Evaluates checks on versions that exist.
  private func check(_ granted: [GrantedCheck]) async throws {
    for entry in granted {
      guard let output = step.output(of: entry.target.version.asset) else { throw unknown(entry.target.version.asset) }
      try await check(output, entry.target, entry.checks)
    }
  }

  private func match(_ granted: [GrantedOutput]) throws(StepStop) -> [(LoadedOutput, GrantedOutput)] {
    for output in granted where step.output(of: output.version.asset) == nil { throw unknown(output.version.asset) }
    var result: [(LoadedOutput, GrantedOutput)] = []
    for output in step.outputs {
      guard let version = granted.first(where: { $0.version.asset == output.key }) else {
        throw StepStop(.undefined, "the grant names no version of '\(output.key)'", isRetryable: false)
      }
      result.append((output, version))
    }
    return result
  }

  private func unknown(_ key: AssetKey) -> StepStop {
    StepStop(.undefined, "step '\(step.spec.name)' yields no asset '\(key)'", isRetryable: false)
  }

  private var pastDeadline: StepStop {
    StepStop(.timedOut, StepFailure.pastDeadline(grant.deadline, timeout: step.spec.timeout).message, isRetryable: true)
  }
}

/// The closure's part; it runs as the team's code.
extension StepAttempt {
  private func bind(_ inputs: [GrantedInput]) async throws -> BoundInputs {
    let readings = step.declaration.readings
    var values: [any Sendable] = []
    for (index, reading) in readings.enumerated() {
      let inOrder = inputs.count == readings.count && inputs[index].asset.description == reading.key ? inputs[index] : nil
      guard let input = inOrder ?? inputs.first(where: { $0.asset.description == reading.key }) else {
        throw InputError("\(reading.key): the grant names no version of it", isRetryable: false)
      }
      do {
        values.append(try await reading.bind(input, environment.loaders))
      } catch {
        throw PhaseError(kind: .input, cause: error)
      }
    }
    return BoundInputs(values)
  }

  private func compute(
    _ bound: BoundInputs, inputs: [GrantedInput]
  ) async throws -> ([any Codable & Sendable], StepMetadata) {
    let context = context(inputs: inputs)
    try Task.checkCancellation()
    let values = try await step.declaration.compute(bound, context)
    return (values, context.metadata)
  }

  private func stage(
    _ made: ([any Codable & Sendable], StepMetadata), as outputs: [(LoadedOutput, GrantedOutput)]
  ) async throws -> [StagedOutput] {
    var result: [StagedOutput] = []
    for ((output, granted), value) in zip(outputs, made.0) {
      do {
        try Task.checkCancellation()
        let staged = try await output.manager.stage(value, as: granted.version)
        result.append(
          StagedOutput(asset: output.key, locator: staged.locator, metadata: metadata(of: value, staged, said: made.1, output)))
      } catch {
        throw PhaseError(kind: .output, cause: error)
      }
    }
    return result
  }

  private func metadata(
    of value: any Codable & Sendable, _ staged: StagedVersion, said: StepMetadata, _ output: LoadedOutput
  ) -> Metadata {
    let all = staged.metadata
      .merging((value as? Elsewhere)?.metadata ?? [:]) { $1 }
      .merging(said.all(of: output.key.description)) { $1 }
    let (kept, dropped) = all.bounded()
    if dropped > 0 {
      channel.log.warning("\(output.key): \(dropped) metadata values over the limit of \(Limits.metadataEntries) are left out")
    }
    return kept
  }

  private func context(inputs: [GrantedInput] = []) -> Step {
    Step(
      attempt: grant.attempt, name: step.spec.name, partition: grant.partition, inputs: inputs, deadline: shownDeadline,
      trace: grant.trace, configuration: environment.configuration, log: channel.log, metadata: StepMetadata(),
      space: step.spec.partitions, resources: environment.resources)
  }
}

/// The checks' part.
extension StepAttempt {
  /// Evaluates the checks of one version that this location knows, and reports them together.
  private func check(_ output: LoadedOutput, _ target: PinnedVersion, _ granted: [CheckIdentity]) async throws {
    if granted.isEmpty { return }
    let checks = granted.compactMap { output.checks[$0] }
    let evaluations = checks.isEmpty ? [] : try await evaluate(checks, on: target, of: output)
    if !evaluations.isEmpty {
      do {
        try await output.manager.record(evaluations, for: target.version, at: target.locator)
      } catch {
        // What the checks found is on its way to the journal; the copy beside the data is for people only.
        channel.log.warning("\(target.version): the check results could not be kept beside the data: \(ErrorText.of(error))")
      }
    }
    await channel.send(.checked(grant.attempt, asset: output.key, evaluations))
  }

  private func evaluate(
    _ checks: [CheckDeclaration], on target: PinnedVersion, of output: LoadedOutput
  ) async throws -> [CheckEvaluation] {
    let value: any Sendable
    do {
      value = try await environment.loaders.patience.limit(output.manager) { try await output.value.load($0, target.locator) }
    } catch {
      try Task.checkCancellation()
      let message = "the staged version cannot be read back: \(ErrorText.of(error))"
      return checks.map {
        CheckEvaluation(check: $0.spec.identity, severity: $0.spec.severity, outcome: .errored, message: message)
      }
    }
    let evaluator = CheckEvaluator(deadline: deadline, isKept: true, executor: environment.executor) { context() }
    var result: [CheckEvaluation] = []
    for check in checks {
      result.append(try ended(await evaluator.evaluate(check, on: value)))
    }
    return result
  }

  private func ended(_ end: CheckEvaluator.End) throws -> CheckEvaluation {
    switch end {
    case .evaluated(let evaluation): return evaluation
    case .pastDeadline: throw pastDeadline
    case .cancelled: throw StepStop.cancelled
    }
  }
}

/// Says in which phase an error came up.
struct PhaseError: Error {
  let kind: StepFailure.Kind
  let cause: any Error
}

/// Why an attempt ended early.
struct StepStop: Error {
  let end: StepEnd

  static let cancelled = StepStop(end: .cancelled)

  init(end: StepEnd) { self.end = end }

  init(_ kind: StepFailure.Kind, _ message: String, isRetryable: Bool) {
    end = .failed(StepFailure(kind: kind, message: message.bounded(to: Limits.messageLength), isRetryable: isRetryable))
  }

  init(thrown error: any Error) {
    let phase = error as? PhaseError
    let cause = phase?.cause ?? error
    let kind = phase?.kind ?? (cause is InputError ? .input : .threw)
    self.init(kind, ErrorText.of(cause), isRetryable: (cause as? any RetryAdvising)?.isRetryable ?? true)
  }
}
