// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Reads the events of one batch. Events of earlier formats are upgraded here.
struct EventReader {
  let texts: TextReader
  /// Looks up the content of a manifest that an event names.
  let manifest: (ManifestDigest) throws -> Manifest

  func decode(_ encoded: PBEvent, base: Timestamp) throws -> StampedEvent {
    let at = Timestamp(microseconds: base.microseconds &+ encoded.afterUs)
    guard let kind = encoded.kind else { throw CodecProblem.unknown("kind of event") }
    return StampedEvent(at: at, event: try event(of: kind, at: at))
  }

  private func event(of kind: PBEvent.OneOf_Kind, at: Timestamp) throws -> Event {
    switch kind {
    case .reignBegan(let event): .reignBegan(event.epoch)
    case .clockRead(let event): event.event(at: at)
    case .workspaceLoaded(let event): .workspaceLoaded(try event.workspace(texts))
    case .manifestAccepted(let event): try accepted(event)
    case .manifestRefused(let event): .manifestRefused(try texts.location(event.location), reason: event.reason)
    case .sessionOpened(let event): try event.event(texts)
    case .sessionClosed(let event): .sessionClosed(try texts.location(event.location), reason: event.reason)
    case .capacityChanged(let event): .capacityChanged(try texts.location(event.location), slots: Int(event.slots))
    case .drainingBegan(let event): .drainingBegan(try texts.location(event.location))
    case .runLaunched(let event): .runLaunched(try event.plan(texts))
    case .runCancelRequested(let event): .runCancelRequested(RunID(event.run))
    case .runFinished(let event): .runFinished(RunID(event.run), try event.outcome.outcome())
    case .stepGranted(let event): .stepGranted(try event.record(texts, at: at))
    case .stepStarted(let event): .stepStarted(event.step, attempt: Int(event.attempt))
    case .logged(let event): try event.event(at: at)
    case .staged(let event): try event.event(texts)
    case .checked(let event): try event.event(texts)
    case .attemptEnded(let event): try event.event()
    case .slotReturned(let event): .slotReturned(event.step, attempt: Int(event.attempt))
    case .retryScheduled(let event): event.event(at: at)
    case .stepFinished(let event): .stepFinished(event.step, try event.outcome.value(texts))
    case .reportIgnored(let event): try event.event(texts)
    case .promoted(let event): try event.event(texts)
    case .rejected(let event): try event.event(texts)
    case .discarded(let event): .discarded(try event.version.value(texts), event.step, attempt: Int(event.attempt))
    case .settled(let event): .settled(try event.version.value(texts))
    case .scheduleTicked(let event): try event.event(texts)
    case .schedulePaused(let event): .schedulePaused(try texts.schedule(event.location, event.name))
    case .scheduleResumed(let event): .scheduleResumed(try texts.schedule(event.location, event.name))
    }
  }

  private func accepted(_ event: PBManifestAccepted) throws -> Event {
    let digest = try texts.digest(event.manifest)
    return .manifestAccepted(try texts.location(event.location), digest, try manifest(digest))
  }
}
