// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import SwiftProtobuf

/// Writes the events of one batch, and collects what they share.
struct EventWriter {
  private(set) var texts = TextWriter()
  /// Manifests that the events name; their content is kept beside the events.
  private(set) var manifests: [ManifestDigest: Manifest] = [:]

  mutating func encode(_ stamped: StampedEvent, base: Timestamp) -> PBEvent {
    var encoded = PBEvent()
    encoded.afterUs = stamped.at.microseconds &- base.microseconds
    encoded.kind = kind(of: stamped.event, at: stamped.at)
    return encoded
  }

  private mutating func kind(of event: Event, at: Timestamp) -> PBEvent.OneOf_Kind {
    switch event {
    case .reignBegan(let epoch): .reignBegan(.with { $0.epoch = epoch })
    case .clockRead(let reading): .clockRead(PBClockRead(reading, at: at))
    case .workspaceLoaded(let workspace): .workspaceLoaded(PBWorkspaceLoaded(workspace, texts: &texts))
    case .manifestAccepted(let location, let digest, let manifest):
      .manifestAccepted(accept(manifest, digest, from: location))
    case .manifestRefused(let location, let reason):
      .manifestRefused(PBManifestRefused(location, reason, texts: &texts))
    case .sessionOpened(let location, let instance, let manifest, let slots, let isDraining):
      .sessionOpened(
        PBSessionOpened(
          location, instance: instance, manifest: manifest, slots: slots, isDraining: isDraining, texts: &texts))
    case .sessionClosed(let location, let reason): .sessionClosed(PBSessionClosed(location, reason, texts: &texts))
    case .capacityChanged(let location, let slots):
      .capacityChanged(PBCapacityChanged(location, slots: slots, texts: &texts))
    case .drainingBegan(let location): .drainingBegan(PBDrainingBegan(location, texts: &texts))
    case .runLaunched(let plan): .runLaunched(PBRunLaunched(plan, texts: &texts))
    case .runCancelRequested(let run): .runCancelRequested(.with { $0.run = run.number })
    case .runFinished(let run, let outcome): .runFinished(PBRunFinished(run, outcome))
    case .stepGranted(let record): .stepGranted(PBStepGranted(record, at: at, texts: &texts))
    case .stepStarted(let step, let attempt): .stepStarted(PBStepStarted(step, attempt: attempt))
    case .logged(let step, let attempt, let lines, let dropped):
      .logged(PBLogged(step, attempt: attempt, lines: lines, dropped: dropped, at: at))
    case .staged(let step, let attempt, let outputs):
      .staged(PBStaged(step, attempt: attempt, outputs: outputs, texts: &texts))
    case .checked(let step, let attempt, let version, let evaluations):
      .checked(PBChecked(step, attempt: attempt, version: version, evaluations: evaluations, texts: &texts))
    case .attemptEnded(let step, let attempt, let end, let returnsSlot):
      .attemptEnded(PBAttemptEnded(step, attempt: attempt, end: end, returnsSlot: returnsSlot))
    case .slotReturned(let step, let attempt): .slotReturned(PBSlotReturned(step, attempt: attempt))
    case .retryScheduled(let step, let notBefore):
      .retryScheduled(PBRetryScheduled(step, notBefore: notBefore, at: at))
    case .stepFinished(let step, let outcome): .stepFinished(PBStepFinished(step, outcome, texts: &texts))
    case .reportIgnored(let location, let attempt, let what):
      .reportIgnored(PBReportIgnored(location, attempt, what: what, texts: &texts))
    case .promoted(let version, let step, let attempt, let passed, let manifest):
      .promoted(PBPromoted(version, step, attempt: attempt, passed: passed, manifest: manifest, texts: &texts))
    case .rejected(let version, let step, let attempt, let by, let passed):
      .rejected(PBRejected(version, step, attempt: attempt, by: by, passed: passed, texts: &texts))
    case .discarded(let version, let step, let attempt):
      .discarded(PBDiscarded(version, step, attempt: attempt, texts: &texts))
    case .settled(let version): .settled(PBSettled(version, texts: &texts))
    case .scheduleTicked(let schedule, let tick, let skipped, let run, let problem):
      .scheduleTicked(
        PBScheduleTicked(schedule, tick: tick, skipped: skipped, run: run, problem: problem, texts: &texts))
    case .schedulePaused(let schedule): .schedulePaused(PBSchedulePaused(schedule, texts: &texts))
    case .scheduleResumed(let schedule): .scheduleResumed(PBScheduleResumed(schedule, texts: &texts))
    }
  }

  private mutating func accept(
    _ manifest: Manifest, _ digest: ManifestDigest, from location: LocationName
  ) -> PBManifestAccepted {
    manifests[digest] = manifest
    var encoded = PBManifestAccepted()
    encoded.location = texts.index(location)
    encoded.manifest = texts.index(digest)
    return encoded
  }
}
