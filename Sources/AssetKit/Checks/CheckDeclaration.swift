// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// A check as declared on an asset, its closure's value type erased.
package struct CheckDeclaration: Sendable {
  package let spec: CheckSpec
  package let source: SourcePlace
  /// Evaluates the check; the value has the asset's type.
  package let evaluate: @Sendable (any Sendable, Step) async throws -> CheckResult

  package init<Value: Sendable>(
    spec: CheckSpec, source: SourcePlace, body: @escaping @Sendable (Value, Step) async throws -> CheckResult
  ) {
    self.spec = spec
    self.source = source
    evaluate = { value, step in
      guard let typed = value as? Value else {
        throw InputError("the value is a \(type(of: value)), and check '\(spec.name)' takes a \(Value.self)", isRetryable: false)
      }
      return try await body(typed, step)
    }
  }
}
