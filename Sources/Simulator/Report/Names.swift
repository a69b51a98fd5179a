// SPDX-License-Identifier: Apache-2.0

import Orchestrator

extension Event {
  /// Every case, by name.
  package static let names = [
    "reignBegan", "clockRead", "workspaceLoaded", "manifestAccepted", "manifestRefused", "sessionOpened", "sessionClosed",
    "capacityChanged",
    "drainingBegan", "runLaunched", "runCancelRequested", "runFinished", "stepGranted", "stepStarted", "logged", "staged",
    "checked", "attemptEnded", "slotReturned", "retryScheduled", "stepFinished", "reportIgnored", "promoted", "rejected",
    "discarded", "settled", "scheduleTicked", "schedulePaused", "scheduleResumed",
  ]

  var name: String {
    switch self {
    case .reignBegan: "reignBegan"
    case .clockRead: "clockRead"
    case .workspaceLoaded: "workspaceLoaded"
    case .manifestAccepted: "manifestAccepted"
    case .manifestRefused: "manifestRefused"
    case .sessionOpened: "sessionOpened"
    case .sessionClosed: "sessionClosed"
    case .capacityChanged: "capacityChanged"
    case .drainingBegan: "drainingBegan"
    case .runLaunched: "runLaunched"
    case .runCancelRequested: "runCancelRequested"
    case .runFinished: "runFinished"
    case .stepGranted: "stepGranted"
    case .stepStarted: "stepStarted"
    case .logged: "logged"
    case .staged: "staged"
    case .checked: "checked"
    case .attemptEnded: "attemptEnded"
    case .slotReturned: "slotReturned"
    case .retryScheduled: "retryScheduled"
    case .stepFinished: "stepFinished"
    case .reportIgnored: "reportIgnored"
    case .promoted: "promoted"
    case .rejected: "rejected"
    case .discarded: "discarded"
    case .settled: "settled"
    case .scheduleTicked: "scheduleTicked"
    case .schedulePaused: "schedulePaused"
    case .scheduleResumed: "scheduleResumed"
    }
  }
}

extension AttemptEnd {
  var name: String {
    switch self {
    case .completed: "completed"
    case .failed: "failed"
    case .cancelled: "cancelled"
    case .lost: "lost"
    case .refused: "refused"
    }
  }
}

extension GateReason {
  var name: String {
    switch self {
    case .neverMaterialized: "neverMaterialized"
    case .rejected: "rejected"
    case .notEvaluated: "notEvaluated"
    case .noSuchPartition: "noSuchPartition"
    case .ownerNotInWorkspace: "ownerNotInWorkspace"
    case .unresolved: "unresolved"
    case .stepEnded: "stepEnded"
    }
  }
}
