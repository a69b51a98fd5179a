// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

extension PBClockRead {
  init(_ reading: ClockReading, at: Timestamp) {
    self.init()
    wallAfterUs = reading.wall.microseconds &- at.microseconds
    runningAfterUs = reading.running.microseconds &- at.microseconds
  }

  func event(at: Timestamp) -> Event {
    .clockRead(
      ClockReading(
        wall: Timestamp(microseconds: at.microseconds &+ wallAfterUs),
        running: Timestamp(microseconds: at.microseconds &+ runningAfterUs)))
  }
}

extension PBWorkspaceLoaded {
  init(_ workspace: WorkspaceDefinition, texts: inout TextWriter) {
    self.init()
    for location in workspace.locations {
      var encoded = Location()
      encoded.name = texts.index(location.name)
      encoded.owns = location.owns.map(\.description)
      if let limit = location.maxInFlight { encoded.maxInFlight = Int64(limit) }
      if let quotas = location.quotas { encoded.quotas = Quotas(quotas) }
      locations.append(encoded)
    }
  }

  func workspace(_ texts: TextReader) throws -> WorkspaceDefinition {
    WorkspaceDefinition(
      locations: try locations.map { location in
        LocationDefinition(
          name: try texts.location(location.name), owns: try location.owns.map { try OwnershipPattern($0) },
          maxInFlight: location.hasMaxInFlight ? Int(location.maxInFlight) : nil,
          quotas: location.hasQuotas ? location.quotas.value : nil)
      })
  }
}

extension PBWorkspaceLoaded.Quotas {
  fileprivate init(_ quotas: LocationQuotas) {
    self.init()
    if let bytes = quotas.logBytesPerStep { logBytesPerStep = Int64(bytes) }
    if let bytes = quotas.logBytesPerRun { logBytesPerRun = Int64(bytes) }
    if let bytes = quotas.logBytesPerDay { logBytesPerDay = Int64(bytes) }
    if let bytes = quotas.detailBytesPerStep { detailBytesPerStep = Int64(bytes) }
    if let bytes = quotas.detailBytesPerDay { detailBytesPerDay = Int64(bytes) }
    if let steps = quotas.stepsInProgress { stepsInProgress = Int64(steps) }
  }

  fileprivate var value: LocationQuotas {
    LocationQuotas(
      logBytesPerStep: hasLogBytesPerStep ? Int(logBytesPerStep) : nil,
      logBytesPerRun: hasLogBytesPerRun ? Int(logBytesPerRun) : nil,
      logBytesPerDay: hasLogBytesPerDay ? Int(logBytesPerDay) : nil,
      detailBytesPerStep: hasDetailBytesPerStep ? Int(detailBytesPerStep) : nil,
      detailBytesPerDay: hasDetailBytesPerDay ? Int(detailBytesPerDay) : nil,
      stepsInProgress: hasStepsInProgress ? Int(stepsInProgress) : nil)
  }
}

extension PBManifestRefused {
  init(_ location: LocationName, _ reason: String, texts: inout TextWriter) {
    self.init()
    self.location = texts.index(location)
    self.reason = reason
  }
}

extension PBSessionOpened {
  init(
    _ location: LocationName, instance: String, manifest: ManifestDigest, slots: Int, isDraining: Bool,
    texts: inout TextWriter
  ) {
    self.init()
    self.location = texts.index(location)
    self.instance = instance
    self.manifest = texts.index(manifest)
    self.slots = Int64(slots)
    self.isDraining = isDraining
  }

  func event(_ texts: TextReader) throws -> Event {
    .sessionOpened(
      try texts.location(location), instance: instance, manifest: try texts.digest(manifest), slots: Int(slots),
      isDraining: isDraining)
  }
}

extension PBSessionClosed {
  init(_ location: LocationName, _ reason: String, texts: inout TextWriter) {
    self.init()
    self.location = texts.index(location)
    self.reason = reason
  }
}

extension PBCapacityChanged {
  init(_ location: LocationName, slots: Int, texts: inout TextWriter) {
    self.init()
    self.location = texts.index(location)
    self.slots = Int64(slots)
  }
}

extension PBDrainingBegan {
  init(_ location: LocationName, texts: inout TextWriter) {
    self.init()
    self.location = texts.index(location)
  }
}

extension PBReportIgnored {
  init(_ location: LocationName, _ attempt: AttemptID, what: String, texts: inout TextWriter) {
    self.init()
    self.location = texts.index(location)
    incarnation = attempt.incarnation.value
    run = attempt.step.run.number
    ordinal = Int64(attempt.step.ordinal)
    self.attempt = Int64(attempt.number)
    self.what = what
  }

  func event(_ texts: TextReader) throws -> Event {
    let step = StepID(run: RunID(run), ordinal: Int(ordinal))
    let attempt = AttemptID(incarnation: Incarnation(incarnation), step: step, number: Int(attempt))
    return .reportIgnored(try texts.location(location), attempt, what: what)
  }
}
