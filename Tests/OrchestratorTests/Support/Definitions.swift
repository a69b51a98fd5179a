// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Orchestrator

// Literals of tests are well formed by writing; a mistake in one shows as a key that nobody defines.
extension AssetKey: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) {
    if let key = try? AssetKey(text) { self = key } else { preconditionFailure("'\(text)' in a test is no key") }
  }
}

extension LocationName: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) {
    if let name = try? LocationName(text) { self = name } else { preconditionFailure("'\(text)' in a test is no name") }
  }
}

extension AssetSpec {
  /// An asset with blocking checks, and warning ones whose name begins with `?`; shared with everybody in the tests.
  static func asset(_ key: AssetKey, checks: [String] = [], shared: [LocationName] = ["up", "down", "other"]) -> AssetSpec {
    AssetSpec(
      key: key, sharedWith: shared, output: OutputSpec(scheme: "file", format: "jsonl/1"), checks: checks.map { .named($0) })
  }
}

extension CheckSpec {
  /// `name`, `?name` for one that warns, `name@2` for a version.
  static func named(_ text: String) -> CheckSpec {
    let parts = text.split(separator: "@")
    let name = String(parts[0])
    let warns = name.hasPrefix("?")
    return CheckSpec(
      name: warns ? String(name.dropFirst()) : name, version: parts.count > 1 ? String(parts[1]) : nil,
      severity: warns ? .warn : .block)
  }
}

extension StepSpec {
  static func step(
    _ key: AssetKey, _ partitions: PartitionSpace = .single, from dependencies: [DependencySpec] = [], checks: [String] = [],
    retry: RetryPolicy = .none, timeout: Duration = .seconds(600)
  ) -> StepSpec {
    StepSpec(
      name: key.description, partitions: partitions, dependencies: dependencies, outputs: [.asset(key, checks: checks)],
      retry: retry, timeout: timeout)
  }
}

extension DependencySpec {
  static func on(
    _ key: AssetKey, _ partitions: PartitionSpace = .single, _ mapping: PartitionMapping = .identity,
    _ binding: BindingPolicy = .gated
  ) -> DependencySpec {
    DependencySpec(upstream: key, mapping: mapping, binding: binding, partitions: partitions, loadableSchemes: ["file"])
  }
}

extension StagedOutput {
  static func at(_ key: AssetKey) -> StagedOutput {
    StagedOutput(asset: key, locator: Locator(scheme: "file", uri: "/\(key)", format: "jsonl/1"))
  }
}

extension PartitionSpace {
  static func named(_ keys: String...) throws -> PartitionSpace { .keys(try StaticKeys(keys)) }
}

func check(_ name: String) -> CheckIdentity { CheckIdentity(name: name) }
