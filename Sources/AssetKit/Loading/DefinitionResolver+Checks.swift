// SPDX-License-Identifier: Apache-2.0

import AssetModel

extension DefinitionResolver {
  /// Gives each output its checks, those defined apart included.
  mutating func resolveChecks() {
    for index in steps.indices { steps[index].checks = steps[index].declaration.outputs.map(\.checks) }
    for check in definitions.checks { attach(check) }
    for step in steps {
      for (output, checks) in zip(step.declaration.outputs, step.checks) { verify(checks, of: output, in: step) }
      verifyAll(of: step)
    }
  }

  /// What a step has of outputs and checks in all: each of its grants names them all.
  private mutating func verifyAll(of step: ResolvedStep) {
    let outputs = step.declaration.outputs.count
    let checks = step.checks.joined().map(\.spec.identity)
    if outputs + checks.count > Limits.outputsAndChecksPerStep {
      add(
        "has \(outputs) outputs and \(checks.count) checks, together more than \(Limits.outputsAndChecksPerStep): split it",
        to: step)
    }
    let bytes = checks.reduce(0) { $0 + $1.textBytes }
    if bytes > Limits.checkNamesPerStep {
      add("the names of its checks take \(bytes) bytes, more than \(Limits.checkNamesPerStep): shorten them", to: step)
    }
  }

  private mutating func attach(_ check: Check) {
    for index in steps.indices {
      if let output = steps[index].declaration.outputs.firstIndex(where: { $0.key == check.asset }) {
        return steps[index].checks[output].append(check.declaration)
      }
    }
    let mend = NameSuggestion.mend(for: check.asset, among: owners.keys.map(\.description))
    problems.add(
      "check '\(check.declaration.spec.name)'",
      "its asset '\(check.asset)' is not defined by location '\(location)'\(mend): list the asset in 'definitions', "
        + "or define the check in the location that owns the asset",
      at: check.declaration.source, order: steps.count)
  }

  private mutating func verify(_ checks: [CheckDeclaration], of output: AssetAttributes, in step: ResolvedStep) {
    if checks.count > Limits.checksPerAsset {
      add(
        "has \(checks.count) checks, more than \(Limits.checksPerAsset): merge some", to: step, subject: output.key,
        at: output.source)
    }
    var places: [String: SourcePlace] = [:]
    for check in checks {
      let subject = "\(output.key): check '\(check.spec.name)'"
      if let problem = NameRules.problem(in: check.spec.name) { add(problem, to: step, subject: subject, at: check.source) }
      if let first = places.updateValue(check.source, forKey: check.spec.name) {
        add("is defined twice, also at \(first): rename or remove one", to: step, subject: subject, at: check.source)
      }
      if let problem = Self.problem(withTimeout: check.spec.timeout) {
        add(problem, to: step, subject: subject, at: check.source)
      }
    }
    verifyAttributes(of: output, in: step)
  }

  private mutating func verifyAttributes(of output: AssetAttributes, in step: ResolvedStep) {
    for name in output.sharedWith {
      if case .failure(let error) = Result(catching: { () throws(ModelError) in try LocationName(name) }) {
        add("shared(with:): \(error)", to: step, subject: output.key, at: output.source)
      }
    }
    if let problem = NameRules.problem(in: output.group) {
      add("group: \(problem)", to: step, subject: output.key, at: output.source)
    }
  }
}
