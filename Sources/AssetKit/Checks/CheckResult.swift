// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// What a check found.
public struct CheckResult: Hashable, Sendable {
  public let passed: Bool
  /// For people; cut at ``Limits/messageLength`` bytes.
  public let message: String?
  public let metadata: Metadata

  package init(passed: Bool, message: String?, metadata: Metadata) {
    self.passed = passed
    self.message = message
    self.metadata = metadata
  }

  /// The version is fine in this respect.
  public static let pass = CheckResult(passed: true, message: nil, metadata: [:])

  /// The version is fine in this respect, with a remark.
  public static func pass(_ message: String, _ metadata: Metadata = [:]) -> CheckResult {
    CheckResult(passed: true, message: message, metadata: metadata)
  }

  /// The version must not be used: what is wrong, and the evidence.
  public static func fail(_ message: String, _ metadata: Metadata = [:]) -> CheckResult {
    CheckResult(passed: false, message: message, metadata: metadata)
  }
}
