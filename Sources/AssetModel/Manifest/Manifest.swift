// SPDX-License-Identifier: Apache-2.0

/// What a code location says it defines.
///
/// A well-formed manifest may still claim what it may not: the control plane refuses offending definitions one by one
/// (semantics 26).
public struct Manifest: Hashable, Sendable, Codable {
  /// The name that the team's code has for itself; `workspace.yaml` has the last word.
  public let location: LocationName
  /// The version of the team's build, for people.
  public let version: String?
  public let steps: [StepSpec]
  public let schedules: [ScheduleSpec]

  public init(location: LocationName, version: String? = nil, steps: [StepSpec], schedules: [ScheduleSpec] = []) {
    self.location = location
    self.version = version
    self.steps = steps
    self.schedules = schedules
  }
}

/// A manifest's fingerprint over its canonical bytes, such as `sha256:9f86…`; opaque to the core.
public struct ManifestDigest: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  public let description: String
  public init(_ text: String) { description = text }
  public init(from decoder: any Decoder) throws { description = try decoder.singleValueContainer().decode(String.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}
