// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Checks a location's definitions, all of them, and gives what they mean.
///
/// Each phase goes on where an earlier one found a mistake, as far as the mistake leaves something to check.
struct DefinitionResolver {
  let location: String
  let definitions: Definitions
  var problems = DefinitionProblems()
  var steps: [ResolvedStep] = []
  /// Which step defines a key; the first where several do.
  var owners: [AssetKey: Int] = [:]

  init(location: String, definitions: Definitions) {
    self.location = location
    self.definitions = definitions
  }

  mutating func resolve() {
    checkLocation()
    resolveKeys()
    resolveStepNames()
    resolveChecks()
    resolveUpstreams()
    resolvePartitions()
  }

  mutating func add(_ message: String, to step: ResolvedStep, subject: String? = nil, at source: SourcePlace? = nil) {
    problems.add(subject ?? step.subject, message, at: source ?? step.declaration.source, order: step.order)
  }

  private mutating func checkLocation() {
    if case .failure(let error) = Result(catching: { () throws(ModelError) in try LocationName(location) }) {
      problems.add("location '\(location)'", "\(error); set 'static var name'", at: nil, order: -1)
    }
    for extra in definitions.stores.dropFirst() {
      problems.add(
        "DefaultStorage", "is defined twice, also at \(definitions.stores[0].source): keep one", at: extra.source, order: -1)
    }
    var resources: [ObjectIdentifier: SourcePlace] = [:]
    for resource in definitions.resources {
      if let first = resources[resource.id] {
        problems.add(
          "Resource(\(resource.type).self)", "is defined twice, also at \(first): keep one, or wrap one in a type of its own",
          at: resource.source, order: -1)
      } else {
        resources[resource.id] = resource.source
      }
    }
    bound(definitions.steps.count, "defines", "steps", Limits.definitionsPerManifest)
    bound(definitions.steps.reduce(0) { $0 + $1.outputs.count }, "defines", "assets", Limits.assetsPerManifest)
    bound(
      definitions.steps.reduce(0) { $0 + $1.readings.count }, "has", "dependencies", Limits.dependenciesPerManifest)
  }

  private mutating func bound(_ count: Int, _ verb: String, _ what: String, _ limit: Int) {
    guard count > limit else { return }
    problems.add("location '\(location)'", "\(verb) \(count) \(what), more than \(limit): split it", at: nil, order: -1)
  }

  private mutating func resolveKeys() {
    for (order, declaration) in definitions.steps.enumerated() {
      var step = ResolvedStep(declaration: declaration, order: order)
      for output in declaration.outputs { step.keys.append(resolveKey(of: output, in: step)) }
      if declaration.outputs.isEmpty { add("yields no asset: name an Output", to: step) }
      steps.append(step)
    }
  }

  private mutating func resolveKey(of output: AssetAttributes, in step: ResolvedStep) -> AssetKey? {
    do {
      let key = try AssetKey(output.key)
      if let owner = owners[key] {
        let first = definitions.steps[owner].outputs.first { $0.key == output.key }?.source ?? definitions.steps[owner].source
        add("is defined twice, also at \(first): rename or remove one", to: step, subject: output.key, at: output.source)
      } else {
        owners[key] = step.order
      }
      return key
    } catch {
      add("\(error)", to: step, subject: output.key.isEmpty ? "an asset" : output.key, at: output.source)
      return nil
    }
  }

  static func problem(withTimeout timeout: Duration) -> String? {
    if timeout <= .zero { return "its timeout is \(timeout): make it longer than zero" }
    guard timeout > Limits.timeout else { return nil }
    return "its timeout is \(timeout), and the longest is \(Limits.timeout) (timeout): make it shorter"
  }

  private mutating func resolveStepNames() {
    var places: [String: (source: SourcePlace, isNamedByItsAsset: Bool)] = [:]
    for step in steps {
      let declaration = step.declaration
      let isNamedByItsAsset = declaration.outputs.count == 1 && declaration.outputs[0].key == declaration.name
      if !isNamedByItsAsset, let problem = NameRules.problem(in: declaration.name) { add(problem, to: step, subject: "a step") }
      // Two steps that are both named by their asset have the same key, which is noted already.
      let first = places.updateValue((declaration.source, isNamedByItsAsset), forKey: declaration.name)
      if let first, !(first.isNamedByItsAsset && isNamedByItsAsset) {
        add("another step has this name, at \(first.source): rename one", to: step)
      }
      if let problem = Self.problem(withTimeout: declaration.timeout) { add(problem, to: step) }
    }
  }
}
