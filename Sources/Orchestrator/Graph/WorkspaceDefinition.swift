// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Which locations there are, and what each owns: the core's view of `workspace.yaml`.
public struct WorkspaceDefinition: Hashable, Sendable {
  /// Sorted by name; no two have overlapping patterns.
  public let locations: [LocationDefinition]

  public init(locations: [LocationDefinition]) { self.locations = locations.sorted { $0.name < $1.name } }

  public static let empty = WorkspaceDefinition(locations: [])
}

/// One code location of a workspace.
public struct LocationDefinition: Hashable, Sendable {
  public let name: LocationName
  public let owns: [OwnershipPattern]
  /// At most this many of its attempts are in flight, however many slots its host offers; nil for no limit of the operator's.
  public let maxInFlight: Int?

  /// `owns` defaults to `<name>/*` (semantics 25).
  public init(name: LocationName, owns: [OwnershipPattern] = [], maxInFlight: Int? = nil) {
    self.name = name
    self.owns = owns.isEmpty ? [OwnershipPattern(defaultFor: name)] : owns.sorted()
    self.maxInFlight = maxInFlight
  }
}
