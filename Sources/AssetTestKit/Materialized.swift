// SPDX-License-Identifier: Apache-2.0

public import AssetKit

/// One version that a test made: what readers would see, and what the checks said.
public struct Materialized<Value: Sendable>: Sendable {
  /// The value as read back from storage: what the checks judged, and what readers would get.
  public let value: Value
  public let metadata: Metadata
  public let checks: CheckResults
  /// The lines that the closure and the checks logged.
  public let logs: [LogLine]

  /// Whether every blocking check passed.
  public var isPromoted: Bool { checks.allSatisfy { $0.outcome == .passed || $0.severity == .warn } }

  /// The names of the checks that did not pass, blocking or not, in the order in which they are declared.
  public var failures: [String] { checks.filter { $0.outcome != .passed }.map(\.check.name) }
}

/// The results of an asset's checks, in the order in which they are declared.
public struct CheckResults: Sequence, Sendable {
  public let all: [CheckEvaluation]

  public func makeIterator() -> IndexingIterator<[CheckEvaluation]> { all.makeIterator() }

  /// The result of a check; nil when the asset has no such check.
  public subscript(name: String) -> CheckEvaluation? { all.first { $0.check.name == name } }
}

/// The versions that one step made of its several assets.
public struct MaterializedAssets: Sendable {
  let outputs: [String: Materialized<any Sendable>]

  /// The version of one output.
  ///
  /// - Throws: ``TestKitError`` when the step does not yield it.
  public subscript<Value>(output: Output<Value>) -> Materialized<Value> {
    get throws {
      guard let made = outputs[output.attributes.key] else {
        throw TestKitError("the step yields no '\(output.attributes.key)', but \(outputs.keys.sorted().joined(separator: ", "))")
      }
      guard let value = made.value as? Value else {
        throw TestKitError("'\(output.attributes.key)' is a \(type(of: made.value)), not a \(Value.self)")
      }
      return Materialized(value: value, metadata: made.metadata, checks: made.checks, logs: made.logs)
    }
  }
}
