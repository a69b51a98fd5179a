// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// A location whose definitions have been checked: what it says it defines, and what runs it.
public struct LoadedLocation: Sendable {
  public let manifest: Manifest
  public let runner: StepRunner
  private let resources: ResourcePool

  /// Checks a location's definitions.
  ///
  /// - Parameters:
  ///   - configuration: settings and secrets; the process's environment unless said otherwise.
  ///   - storage: replaces the location's default storage, for tests and embedding.
  ///   - executor: runs the team's code; the shared one unless said otherwise.
  /// - Throws: ``DefinitionErrors`` with every mistake.
  public init(
    _ location: some CodeLocation, configuration: Configuration = .process, storage: (any IOManager)? = nil,
    executor: (any TaskExecutor)? = nil
  ) throws(DefinitionErrors) {
    try self.init(
      name: type(of: location).name, version: type(of: location).version, definitions: location.definitions,
      configuration: configuration, storage: storage, executor: executor)
  }

  /// Checks a location's definitions; see ``init(_:configuration:storage:executor:)``.
  public init<Location: CodeLocation>(
    _ type: Location.Type, configuration: Configuration = .process, storage: (any IOManager)? = nil,
    executor: (any TaskExecutor)? = nil
  ) throws(DefinitionErrors) {
    try self.init(Location(), configuration: configuration, storage: storage, executor: executor)
  }

  /// Checks definitions that stand outside of a ``CodeLocation``; see ``init(_:configuration:storage:executor:)``.
  public init(
    name: String, version: String? = nil, definitions: Definitions, configuration: Configuration = .process,
    storage: (any IOManager)? = nil, executor: (any TaskExecutor)? = nil
  ) throws(DefinitionErrors) {
    var resolver = DefinitionResolver(location: name, definitions: definitions)
    resolver.resolve()
    let schedules = resolver.schedules()
    var stores = StorageResolver(definitions: definitions, configuration: configuration, replacement: storage)
    let managers = resolver.steps.map { step in
      step.declaration.outputs.map { stores.manager(of: $0, in: step, &resolver.problems) }
    }
    let loaders = stores.loaders(definitions.loaders, executor: executor, &resolver.problems)
    guard resolver.problems.isEmpty, let location = try? LocationName(name) else {
      throw DefinitionErrors(resolver.problems.errors)
    }
    let steps = zip(resolver.steps, managers).compactMap { LoadedStep($0, managers: $1, schemes: loaders.schemes) }
    resources = ResourcePool(definitions.resources, configuration: configuration)
    manifest = Manifest(location: location, version: version, steps: steps.map(\.spec), schedules: schedules)
    runner = StepRunner(
      steps: steps, loaders: loaders, fallback: stores.fallback, resources: resources, configuration: configuration,
      executor: executor)
  }

  /// Closes the resources that steps have used; run no step after it.
  public func close() async { await resources.close() }
}

extension LoadedStep {
  /// The step that a definition without mistakes means.
  fileprivate init?(_ step: ResolvedStep, managers: [(any IOManager)?], schemes: [String]) {
    guard let space = step.space else { return nil }
    let declaration = step.declaration
    var outputs: [LoadedOutput] = []
    var specs: [AssetSpec] = []
    for (index, attributes) in declaration.outputs.enumerated() {
      guard let key = step.keys[index], let manager = managers[index] else { return nil }
      let checks = step.checks[index]
      outputs.append(
        LoadedOutput(
          key: key, value: attributes.value, manager: manager,
          checks: Dictionary(checks.map { ($0.spec.identity, $0) }) { first, _ in first }))
      specs.append(AssetSpec(key: key, attributes: attributes, checks: checks, output: attributes.value.output(manager)))
    }
    self.declaration = declaration
    self.outputs = outputs
    spec = StepSpec(
      name: declaration.name, partitions: space, dependencies: step.dependencies.map { $0.loadable(by: schemes) },
      outputs: specs, retry: declaration.retry, timeout: declaration.timeout, codeVersion: declaration.codeVersion)
  }
}

extension AssetSpec {
  fileprivate init(key: AssetKey, attributes: AssetAttributes, checks: [CheckDeclaration], output: OutputSpec) {
    self.init(
      key: key, description: attributes.description, group: attributes.group, tags: attributes.tags, kinds: attributes.kinds,
      owners: attributes.owners, sharedWith: attributes.sharedWith.compactMap { try? LocationName($0) }, output: output,
      checks: checks.map(\.spec))
  }
}

extension DependencySpec {
  fileprivate func loadable(by schemes: [String]) -> DependencySpec {
    DependencySpec(upstream: upstream, mapping: mapping, binding: binding, partitions: partitions, loadableSchemes: schemes)
  }
}
