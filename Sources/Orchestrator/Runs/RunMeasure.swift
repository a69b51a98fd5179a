// SPDX-License-Identifier: Apache-2.0

/// Counts the steps of a run and their outputs while it is planned.
struct RunMeasure {
  private var steps = 0
  private var outputs = 0
  private let most: (steps: Int, outputs: Int)
  private let names: (steps: String, outputs: String)

  init(_ origin: RunOrigin, _ policy: CorePolicy) {
    switch origin {
    case .manual:
      most = (policy.stepsPerRun, policy.outputsPerRun)
      names = ("stepsPerRun", "outputsPerRun")
    case .schedule:
      most = (
        min(policy.stepsPerRun, policy.stepsPerScheduledRun), min(policy.outputsPerRun, policy.outputsPerScheduledRun)
      )
      names = ("stepsPerScheduledRun", "outputsPerScheduledRun")
    }
  }

  /// Adds steps that have so many outputs each.
  ///
  /// - Throws: ``CommandError`` where the run would have more than it may.
  mutating func add(_ count: Int, outputs each: Int) throws(CommandError) {
    steps += count
    guard steps <= most.steps else {
      throw CommandError(
        .tooLarge,
        "the run would have more than \(most.steps) steps; at most \(most.steps) (\(names.steps)): select fewer partitions")
    }
    outputs += count * each
    guard outputs <= most.outputs else {
      throw CommandError(
        .tooLarge,
        "the steps of the run would have more than \(most.outputs) outputs; at most \(most.outputs) (\(names.outputs)): "
          + "select fewer assets or partitions")
    }
  }
}
