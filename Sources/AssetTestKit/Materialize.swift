// SPDX-License-Identifier: Apache-2.0

public import AssetKit

/// Runs an asset's closure and its checks on given inputs: no server, no files.
///
/// The value goes through storage's encoding, as in production, so that a type that does not survive it is found out.
///
/// - Parameters:
///   - partition: the one to make; needed when the asset is partitioned.
///   - inputs: one a dependency, in any order.
///   - checks: those defined apart from the asset.
///   - trace: the one in which the run is launched; the step gets a span of its own in it.
/// - Throws: what the closure throws; ``TestKitError`` for inputs that do not fit.
public func materialize<Value>(
  _ asset: Asset<Value>, partition: PartitionKey = .only, inputs: [GivenInput] = [], resources: [GivenResource] = [],
  configuration: Configuration = Configuration(), checks: [Check] = [], trace: TraceContext? = nil
) async throws -> Materialized<Value> {
  let bench = try TestBench(
    asset.declaration, partition: partition, inputs: inputs, resources: resources, configuration: configuration, checks: checks,
    trace: trace)
  let outputs = try await bench.materialize()
  guard let made = outputs.first, let value = made.value as? Value else {
    throw TestKitError("'\(asset.attributes.key)' came back as another type than \(Value.self)")
  }
  return Materialized(value: value, metadata: made.metadata, checks: made.checks, logs: made.logs)
}

/// Runs a step that yields several assets; see ``materialize(_:partition:inputs:resources:configuration:checks:trace:)``.
public func materialize(
  _ assets: Assets, partition: PartitionKey = .only, inputs: [GivenInput] = [], resources: [GivenResource] = [],
  configuration: Configuration = Configuration(), checks: [Check] = [], trace: TraceContext? = nil
) async throws -> MaterializedAssets {
  let declaration = assets.settings.step
  let bench = try TestBench(
    declaration, partition: partition, inputs: inputs, resources: resources, configuration: configuration, checks: checks,
    trace: trace)
  let outputs = try await bench.materialize()
  return MaterializedAssets(
    outputs: Dictionary(zip(declaration.outputs.map(\.key), outputs)) { first, _ in first })
}

/// Evaluates one check of an asset on a value.
///
/// - Throws: ``TestKitError`` when the asset has no such check.
public func evaluate<Subject: AssetDefining>(
  _ check: String, of asset: Subject, on value: Subject.Value, partition: PartitionKey = .only,
  resources: [GivenResource] = [], configuration: Configuration = Configuration()
) async throws -> CheckEvaluation {
  guard let declaration = asset.attributes.checks.first(where: { $0.spec.name == check }) else {
    let names = asset.attributes.checks.map { "'\($0.spec.name)'" }.joined(separator: ", ")
    throw TestKitError(
      "'\(asset.attributes.key)' has no check '\(check)'" + (names.isEmpty ? "" : ", but \(names)")
        + "; a check defined apart is evaluated as itself")
  }
  return try await TestBench.evaluate(
    declaration, on: value, asset: asset.attributes.key, partition: partition, resources: resources, configuration: configuration)
}

/// Evaluates a check that is defined apart from its asset.
///
/// - Throws: ``TestKitError`` when the check takes another type of value; that shows as an errored evaluation too.
public func evaluate(
  _ check: Check, on value: some Codable & Sendable, partition: PartitionKey = .only, resources: [GivenResource] = [],
  configuration: Configuration = Configuration()
) async throws -> CheckEvaluation {
  try await TestBench.evaluate(
    check.declaration, on: value, asset: check.asset, partition: partition, resources: resources, configuration: configuration)
}

/// Checks a location's definitions.
///
/// - Returns: what the location would tell the control plane.
/// - Throws: ``DefinitionErrors`` with every mistake.
@discardableResult
public func validate<Location: CodeLocation>(
  _ type: Location.Type, configuration: Configuration = Configuration()
) throws(DefinitionErrors) -> Manifest {
  try LoadedLocation(type, configuration: configuration, storage: InMemoryIOManager()).manifest
}
