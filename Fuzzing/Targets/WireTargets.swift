// SPDX-License-Identifier: Apache-2.0

import AssetModel
import CodeLocationHost
import Foundation
import JournalCodec
import LocationWire
import Orchestrator
import SwiftProtobuf

/// What a location sends to its daemon, and a daemon to a location.
extension FuzzTarget {
  static var wire: [FuzzTarget] {
    [
      FuzzTarget(name: "session-events") { events($0) },
      FuzzTarget(name: "session-commands") { commands($0) },
      FuzzTarget(name: "describe") { describe($0) },
      FuzzTarget(name: "preview") { preview($0) },
      FuzzTarget(name: "manifest") { manifest($0) },
    ]
  }

  /// A message as the daemon takes it: measured before it is decoded.
  private static func bounded<Content: Message>(_ bytes: [UInt8], as shape: MessageShape, _: Content.Type) -> Content? {
    let isTaken = bytes.withUnsafeBytes { bytes in
      decoded(refusal: WireError.self) { try DecodedSize.check(bytes, as: shape) } != nil
    }
    return isTaken ? try? Content(serializedBytes: bytes) : nil
  }

  // MARK: Sessions

  /// Events as the daemon reads them, in a session that is open.
  private static func events(_ bytes: [UInt8]) {
    guard let message = bounded(bytes, as: .sessionResponse, Sluice_Location_V1_SessionResponse.self) else { return }
    switch message.body {
    case .opened(let wire):
      if let opened = decoded(refusal: WireError.self, { try SessionOpened(wire: wire) }) { roundTrip(opened) }
    case .heartbeat(let wire):
      if let beat = decoded(refusal: WireError.self, { try Heartbeat(wire: wire) }) { roundTrip(beat) }
    case .events(let frame):
      let received = frame.events.map { Received<LocationEvent>(wire: $0) }
      for case .item(let event) in received { roundTrip(event) }
      expect(received.reduce(0) { $0 + $1.weight } >= 0, "a weight is not negative")
      receive(received, first: frame.first, acknowledged: message.acknowledged)
    case nil: break
    }
  }

  private static func receive(_ events: [Received<LocationEvent>], first: UInt64, acknowledged: UInt64) {
    var session = DaemonSession(incarnation: FuzzSamples.incarnation, epoch: 1)
    _ = session.open()
    let opened = SessionOpened(
      instance: "host", session: 1, isResumed: false, manifest: FuzzSamples.digest, slots: 1, isDraining: false)
    _ = decoded(refusal: WireError.self) { try session.opened(opened, received: 0) }
    _ = session.send(.cancel(AttemptID(incarnation: FuzzSamples.incarnation, step: StepID(run: RunID(1), ordinal: 0), number: 1)))
    _ = session.takeUnsent()
    _ = decoded(refusal: WireError.self) { try session.acknowledge(acknowledged) }
    _ = decoded(refusal: WireError.self) { try session.receive(first: first, events) }
    session.delivered(through: first)
    if let durable = session.acknowledgement { expect(durable <= UInt64(events.count), "only what came is acknowledged") }
  }

  /// Commands as a host reads them.
  private static func commands(_ bytes: [UInt8]) {
    guard let message = try? Sluice_Location_V1_SessionRequest(serializedBytes: bytes) else { return }
    var machine = HostMachine(instance: "host", manifest: FuzzSamples.digest, slots: 2)
    let now = ContinuousClock.now
    let first = SessionOpen(incarnation: FuzzSamples.incarnation, epoch: 1, resume: nil)
    _ = decoded(refusal: OpenRefusal.self) { try machine.open(first, unsettled: [], at: now) }
    if case .open(let wire) = message.body, let open = decoded(refusal: WireError.self, { try SessionOpen(wire: wire) }) {
      roundTrip(open)
      _ = decoded(refusal: OpenRefusal.self) { try machine.open(open, unsettled: [], at: now) }
    }
    let received = message.commands.commands.map { Received<LocationWire.Command>(wire: $0) }
    for case .item(let command) in received {
      let again = Received<LocationWire.Command>(wire: command.wire)
      expect(again == .item(command), "a command is the same once it has travelled")
      expect(command.weight >= 0, "a weight is not negative")
    }
    _ = decoded(refusal: WireError.self) {
      try machine.accept(FuzzSamples.incarnation, first: message.commands.first, received)
    }
    _ = decoded(refusal: WireError.self) { try machine[FuzzSamples.incarnation].acknowledge(message.acknowledged) }
    expect(machine.running.count <= machine.slots, "no more runs than there are slots")
  }

  private static func roundTrip(_ event: LocationEvent) {
    guard case .item(let again) = Received<LocationEvent>(wire: event.wire) else {
      return expect(false, "an event that was taken is taken again")
    }
    // NaN is not equal to itself: compare what travels.
    expect(bytes(again.wire) == bytes(event.wire), "an event is the same once it has travelled")
  }

  private static func roundTrip<Value: WireMapped & Equatable>(_ value: Value) {
    expect((try? Value(wire: value.wire)) == value, "\(value) is the same once it has travelled")
  }

  static func bytes(_ message: some Message) -> [UInt8]? {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    return try? message.serializedBytes(options: options)
  }

  // MARK: Descriptions

  /// Several messages, each behind its length.
  private static func describe(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    var assembly = ManifestAssembly()
    while !input.isAtEnd {
      let chunk = input.chunk()
      guard let part = bounded(chunk, as: .describeResponse, Sluice_Location_V1_DescribeResponse.self) else { return }
      guard decoded(refusal: WireError.self, { try assembly.append(part) }) != nil else { return }
    }
    _ = decoded(refusal: WireError.self) { try assembly.finish() }
  }

  private static func preview(_ bytes: [UInt8]) {
    guard let part = bounded(bytes, as: .previewResponse, Sluice_Location_V1_PreviewResponse.self) else { return }
    let rows = part.rows.map(\.cells)
    expect(rows.reduce(part.columns.count) { $0 + $1.count } <= bytes.count, "no more cells than bytes")
  }

  private static func manifest(_ bytes: [UInt8]) {
    let data = Data(bytes)
    let digest = ManifestDocument.digest(of: data)
    guard let document = decoded(refusal: WireError.self, { try ManifestDocument(bytes: data, digest: digest) }) else { return }
    let manifest = document.manifest
    let again = decoded(refusal: WireError.self) { try ManifestDocument(manifest) }
    expect(again?.manifest == manifest, "a manifest is the same once it has travelled")
    journal(manifest)
    let graph = FuzzSamples.graph(with: manifest)
    for key in graph.keys { expect(graph.assets[key] != nil, "what is sorted is defined") }
    for step in manifest.steps { PartitionProperties.hold(of: step.partitions) }
    for schedule in manifest.schedules {
      expect(schedule.cron.next(after: FuzzSamples.instants[1], in: schedule.zone) > FuzzSamples.instants[1], "ticks go on")
      _ = decoded(refusal: ModelError.self) { try graph.resolve(schedule.selection, within: manifest.location) }
    }
  }

  /// A manifest that was accepted is read back from the journal as it was.
  private static func journal(_ manifest: Manifest) {
    let event = StampedEvent(
      at: FuzzSamples.instants[1], event: .manifestAccepted(manifest.location, FuzzSamples.digest, manifest))
    guard let batch = decoded(refusal: JournalError.self, { try JournalCodec.encode([event]) }) else { return }
    let kept = decoded(refusal: JournalError.self) { try batch.manifests.map { try JournalCodec.decodeManifest($0.bytes) } }
    expect(kept == [manifest], "a manifest is the same once it was stored")
  }
}
