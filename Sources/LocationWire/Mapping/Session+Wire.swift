// SPDX-License-Identifier: Apache-2.0

import AssetModel
import SwiftProtobuf

extension SessionOpen: WireMapped {
  package init(wire: Sluice_Location_V1_SessionRequest.Open) throws(WireError) {
    self.init(
      incarnation: Incarnation(wire.incarnation), epoch: wire.epoch,
      resume: wire.hasResume
        ? Resume(
          instance: try readName("resume.instance", wire.resume.instance), session: wire.resume.session,
          received: wire.resume.received) : nil)
  }

  package var wire: Sluice_Location_V1_SessionRequest.Open {
    .with {
      $0.incarnation = incarnation.value
      $0.epoch = epoch
      guard let resume else { return }
      $0.resume.instance = resume.instance
      $0.resume.session = resume.session
      $0.resume.received = resume.received
    }
  }
}

extension SessionOpened: WireMapped {
  package init(wire: Sluice_Location_V1_SessionResponse.Opened) throws(WireError) {
    self.init(
      instance: try readName("instance", wire.instance), session: wire.session, isResumed: wire.resumed,
      manifest: try read("manifest_digest", wire.manifestDigest), slots: readSlots(wire.slots), isDraining: wire.draining,
      previousEnd: wire.hasPreviousEnd ? cut(wire.previousEnd, to: WireLimits.previousEndBytes) : nil)
  }

  package var wire: Sluice_Location_V1_SessionResponse.Opened {
    .with {
      $0.instance = instance
      $0.session = session
      $0.resumed = isResumed
      $0.manifestDigest = manifest.wire
      $0.slots = UInt32(clamping: slots)
      $0.draining = isDraining
      if let previousEnd { $0.previousEnd = cut(previousEnd, to: WireLimits.previousEndBytes) }
    }
  }
}

extension Heartbeat: WireMapped {
  package init(wire: Sluice_Location_V1_SessionResponse.Heartbeat) throws(WireError) {
    self.init(
      slots: readSlots(wire.slots), inFlight: Int(wire.inFlight), isDraining: wire.draining,
      manifest: try read("manifest_digest", wire.manifestDigest), interval: try readInterval("interval_us", wire.intervalUs))
  }

  package var wire: Sluice_Location_V1_SessionResponse.Heartbeat {
    .with {
      $0.slots = UInt32(clamping: slots)
      $0.inFlight = UInt32(clamping: inFlight)
      $0.draining = isDraining
      $0.manifestDigest = manifest.wire
      $0.intervalUs = interval.wholeMicroseconds
    }
  }
}

extension LocationEvent.Settled: WireMapped {
  package init(wire: Sluice_Location_V1_Event.Settled) throws(WireError) {
    self.init(
      version: try read("version", wire.version), decision: try read("decision", wire.decision),
      error: wire.hasError ? cut(wire.error) : nil)
  }

  package var wire: Sluice_Location_V1_Event.Settled {
    .with {
      $0.version = version.wire
      $0.decision = decision.wire
      if let error { $0.error = cut(error) }
    }
  }
}

extension LocationEvent.Status: WireMapped {
  package init(wire: Sluice_Location_V1_Event.Status) throws(WireError) {
    self.init(
      attempts: try readAll("attempts", wire.attempts), unsettled: try readAll("unsettled", wire.unsettled), isLast: wire.last)
  }

  package var wire: Sluice_Location_V1_Event.Status {
    .with {
      $0.attempts = attempts.map(\.wire)
      $0.unsettled = unsettled.map(\.wire)
      $0.last = isLast
    }
  }
}

extension Command {
  package var wire: Sluice_Location_V1_Command {
    .with {
      switch self {
      case .grant(let grant): $0.grant = grant.wire
      case .cancel(let attempt): $0.cancel = attempt.wire
      case .settle(let settlement): $0.settle = settlement.wire
      }
    }
  }
}

extension LocationEvent {
  package var wire: Sluice_Location_V1_Event {
    .with {
      switch self {
      case .report(let report): $0.report = report.wire
      case .settled(let settled): $0.settled = settled.wire
      case .draining: $0.draining = .init()
      case .status(let status): $0.status = status.wire
      }
    }
  }
}

extension Received<Command> {
  /// Reads a command; one that is malformed or unknown is left alone, and hurts no other.
  package init(wire: Sluice_Location_V1_Command) {
    do throws(WireError) {
      switch wire.command {
      case .grant(let grant): self = .item(.grant(try read("grant", grant)))
      case .cancel(let attempt): self = .item(.cancel(try read("cancel", attempt)))
      case .settle(let settlement): self = .item(.settle(try read("settle", settlement)))
      case nil: self = .unknown
      }
    } catch {
      var attempt: AttemptID?
      if case .grant(let grant) = wire.command { attempt = try? AttemptID(wire: grant.attempt) }
      self = .malformed(error, attempt)
    }
  }
}

extension Received<LocationEvent> {
  /// Reads an event; one that is malformed or unknown is left alone, and hurts no other attempt.
  package init(wire: Sluice_Location_V1_Event) {
    do throws(WireError) {
      switch wire.event {
      case .report(let report) where report.report == nil && report.hasAttempt: self = .unknown
      case .report(let report): self = .item(.report(try read("report", report)))
      case .settled(let settled): self = .item(.settled(try read("settled", settled)))
      case .draining: self = .item(.draining)
      case .status(let status): self = .item(.status(try read("status", status)))
      case nil: self = .unknown
      }
    } catch {
      var attempt: AttemptID?
      if case .report(let report) = wire.event { attempt = try? AttemptID(wire: report.attempt) }
      self = .malformed(error, attempt)
    }
  }
}

/// Slots beyond ``Limits/slotsPerLocation`` count as so many.
private func readSlots(_ wire: UInt32) -> Int { min(Int(wire), Limits.slotsPerLocation) }
