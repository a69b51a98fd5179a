// SPDX-License-Identifier: Apache-2.0

public import AssetKit
import AssetModel

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

extension Materialized: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// What became of the version, for a failed expectation: every check that did not pass, with its message and evidence, and of the value
  /// only its type and size.
  public var description: String {
    let end = isPromoted ? "promoted" : "rejected"
    let size = (value as? any Collection).map { " of \($0.count)" } ?? ""
    return (["\(end) \(type(of: value))\(size)", checks.summary] + checks.filter { $0.outcome != .passed }.map(\.summary))
      .joined(separator: "; ")
  }

  public var debugDescription: String { description }

  /// A test that fails prints what it reflects, too.
  public var customMirror: Mirror { Mirror(self, children: ["checks": checks.all.map(\.summary), "metadata": metadata]) }
}

extension CheckResults: CustomStringConvertible {
  public var description: String { ([summary] + filter { $0.outcome != .passed }.map(\.summary)).joined(separator: "; ") }

  fileprivate var summary: String {
    all.isEmpty ? "no checks" : "\(all.count { $0.outcome == .passed }) of \(all.count) checks passed"
  }
}

extension CheckEvaluation {
  /// `'each sensor once' failed: a sensor appears twice (sensors: north, north)`
  fileprivate var summary: String {
    let warns = severity == .warn ? ", which only warns" : ""
    let evidence = metadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    return "'\(check.name)' \(outcome.rawValue)\(warns)" + (message.map { ": \($0)" } ?? "")
      + (evidence.isEmpty ? "" : " (\(evidence))")
  }
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
