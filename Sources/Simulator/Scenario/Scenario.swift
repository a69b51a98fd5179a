// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Everything that a seed decides beforehand: teams, their deployments, what people ask for, and what goes wrong when.
///
/// It is plain data, so that a failing one can be cut down piece by piece.
struct Scenario: Sendable {
  var seed: UInt64
  var start: Timestamp
  var locations: [LocationDefinition]
  /// What each location deploys in turn; the first is there at the start.
  var deployments: [LocationName: [Deployment]]
  /// In order of time.
  var actions: [TimedAction]
  var temper: Temper
  var policy: CorePolicy
  /// How long the faults go on.
  var horizon: Duration

  var workspace: WorkspaceDefinition { WorkspaceDefinition(locations: locations) }
}

/// What a location's host runs.
struct Deployment: Hashable, Sendable {
  var manifest: Manifest
  var digest: ManifestDigest
  var slots: Int
  /// A manifest that the control plane cannot decode.
  var isReadable = true
}

/// How often hosts and messages misbehave.
struct Temper: Hashable, Sendable {
  var throwing = 0.0
  var hanging = 0.0
  var mistaken = 0.0
  var deaf = 0.0
  var failingCheck = 0.0
  var erringCheck = 0.0
  var forgottenCheck = 0.0
  var lying = 0.0
  var stray = 0.0
  var staleDescription = 0.0
  var refusingStorage = 0.0
}

struct TimedAction: Hashable, Sendable {
  var after: Duration
  var action: Action
}

/// What happens at a given time, whatever the state of things.
enum Action: Hashable, Sendable {
  // What people do.
  case launch(LaunchRequest, repeats: Int)
  case cancel(share: Double)
  case pauseSchedules
  case resumeSchedules

  // What goes wrong.
  case crashHost(LocationName, downFor: Duration)
  case drainHost(LocationName, grace: Duration)
  case redeploy(LocationName, index: Int, drains: Bool)
  case changeSlots(LocationName, Int)
  case breakSession(LocationName)
  case partition(LocationName, until: Duration)
  case raiseEpoch(LocationName)
  case crashDaemon(downFor: Duration, effectsDone: Double?)
  case slowAppends(Int, Duration)
  case failAppend(applied: Bool)
  case jumpClock(Duration)
  case reload(without: [LocationName])
  case overlappingWorkspace
}

extension Action {
  var fault: FaultKind? {
    switch self {
    case .launch, .cancel, .pauseSchedules, .resumeSchedules, .overlappingWorkspace: nil
    case .crashHost: .hostCrash
    case .drainHost: .hostDrain
    case .redeploy: .redeploy
    case .changeSlots: .capacityChange
    case .breakSession: .sessionBreak
    case .partition: .partition
    case .raiseEpoch: .foreignEpoch
    case .crashDaemon(_, let effectsDone): effectsDone == nil ? .daemonCrash : .daemonCrashBeforeEffects
    case .slowAppends: .slowAppend
    case .failAppend: .ambiguousAppend
    case .jumpClock: .clockJump
    case .reload: .workspaceReload
    }
  }
}
