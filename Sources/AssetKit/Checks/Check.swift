// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// A check defined apart from its asset, in the same location.
///
/// Use ``AssetDefining/check(_:severity:version:timeout:retry:description:file:line:column:body:)`` where asset and check are
/// written together.
public struct Check: Definition {
  package let asset: String
  package let declaration: CheckDeclaration

  /// Declares a check on an asset or on one output of a step that yields several.
  ///
  /// - Parameters:
  ///   - name: unique among the asset's checks.
  ///   - version: bump it to have versions that passed the old check evaluated anew.
  ///   - timeout: how long one evaluation may take.
  ///   - retry: how often an evaluation that throws or times out is repeated; a failed one never is.
  public init<Subject: AssetDefining>(
    _ name: String, on subject: Subject, severity: CheckSeverity = .block, version: String? = nil,
    timeout: Duration = .seconds(600), retry: RetryPolicy = .none, description: String? = nil, file: String = #filePath,
    line: Int = #line, column: Int = #column, body: @escaping @Sendable (Subject.Value, Step) async throws -> CheckResult
  ) {
    asset = subject.attributes.key
    declaration = CheckDeclaration(
      spec: CheckSpec(
        name: name, version: version, severity: severity, description: description, retry: retry, timeout: timeout),
      source: SourcePlace(file: file, line: line, column: column), body: body)
  }

  public func define(in definitions: inout Definitions) { definitions.checks.append(self) }
}
