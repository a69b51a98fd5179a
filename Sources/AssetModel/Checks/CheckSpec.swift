// SPDX-License-Identifier: Apache-2.0

/// What a failed check does.
public enum CheckSeverity: String, Hashable, Sendable, Codable {
  /// It rejects the version and closes the gate.
  case block
  /// It is recorded and shown, and never blocks.
  case warn
}

/// A check as its team declares it on an asset.
///
/// Its identity is the asset's key, `name` and `version` (semantics 4): bumping the version asks for a new evaluation.
public struct CheckSpec: Hashable, Sendable, Codable {
  public let name: String
  public let version: String?
  public let severity: CheckSeverity
  public let description: String?
  /// How often a check that throws or times out is tried again on the same staged version; a failed one never is.
  public let retry: RetryPolicy
  /// How long one evaluation may take.
  public let timeout: Duration

  public init(
    name: String, version: String? = nil, severity: CheckSeverity = .block, description: String? = nil,
    retry: RetryPolicy = .none, timeout: Duration = .seconds(600)
  ) {
    self.name = name
    self.version = version
    self.severity = severity
    self.description = description
    self.retry = retry
    self.timeout = timeout
  }

  public var identity: CheckIdentity { CheckIdentity(name: name, version: version) }
}

/// Which check, on a known asset: its name and the version that the team bumps.
public struct CheckIdentity: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  public let name: String
  public let version: String?

  public init(name: String, version: String? = nil) {
    self.name = name
    self.version = version
  }

  public var description: String { version.map { "\(name) (version \($0))" } ?? name }

  /// Bytes of name and version.
  package var textBytes: Int { name.utf8.count + (version?.utf8.count ?? 0) }

  public static func < (left: Self, right: Self) -> Bool {
    (left.name, left.version ?? "") < (right.name, right.version ?? "")
  }
}
