// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Why a gate is closed; each names what it is about, so that a person can act (semantics 7).
public enum GateReason: Hashable, Sendable {
  /// No version of it was ever settled.
  case neverMaterialized(AssetPartition)
  /// Its newest settled version was rejected; the check results that condemned it are in the history.
  case rejected(VersionRef)
  /// Its newest settled version is promoted, but these blocking checks, declared now, have not passed on it.
  case notEvaluated(VersionRef, [CheckIdentity])
  /// A required partition does not exist.
  case noSuchPartition(AssetPartition)
  /// The location that owned it is no longer in the workspace.
  case ownerNotInWorkspace(AssetKey, LocationName)
  /// No location defines it.
  case unresolved(AssetKey)
  /// Its step in the same run ended without settling a version.
  case stepEnded(AssetPartition, StepID, StepOutcome.Kind)

  /// The asset that the reason is about.
  public var asset: AssetKey {
    switch self {
    case .neverMaterialized(let target), .noSuchPartition(let target), .stepEnded(let target, _, _): target.asset
    case .rejected(let version), .notEvaluated(let version, _): version.of.asset
    case .ownerNotInWorkspace(let asset, _), .unresolved(let asset): asset
    }
  }
}
