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
  /// What the operator says of its share; nil for the bounds of ``CorePolicy``.
  public let quotas: LocationQuotas?

  /// `owns` defaults to `<name>/*` (semantics 25).
  public init(name: LocationName, owns: [OwnershipPattern] = [], maxInFlight: Int? = nil, quotas: LocationQuotas? = nil) {
    self.name = name
    self.owns = owns.isEmpty ? [OwnershipPattern(defaultFor: name)] : owns.sorted()
    self.maxInFlight = maxInFlight
    self.quotas = quotas
  }
}

/// A location's share of what all locations use; nil is the bound of ``CorePolicy``.
public struct LocationQuotas: Hashable, Sendable {
  /// Bytes of log lines that are kept of one attempt.
  public var logBytesPerStep: Int?
  /// Bytes of log lines that are kept of one run's steps at the location.
  public var logBytesPerRun: Int?
  /// Bytes of log lines that are kept in one day of UTC.
  public var logBytesPerDay: Int?
  /// Bytes of metadata, and of messages of checks and failures, that are kept of one attempt.
  public var detailBytesPerStep: Int?
  /// Bytes of the same that are kept in one day of UTC.
  public var detailBytesPerDay: Int?
  /// Steps of unfinished runs that have not ended.
  public var stepsInProgress: Int?

  public init(
    logBytesPerStep: Int? = nil, logBytesPerRun: Int? = nil, logBytesPerDay: Int? = nil, detailBytesPerStep: Int? = nil,
    detailBytesPerDay: Int? = nil, stepsInProgress: Int? = nil
  ) {
    self.detailBytesPerStep = detailBytesPerStep
    self.detailBytesPerDay = detailBytesPerDay
    self.logBytesPerStep = logBytesPerStep
    self.logBytesPerRun = logBytesPerRun
    self.logBytesPerDay = logBytesPerDay
    self.stepsInProgress = stepsInProgress
  }
}
