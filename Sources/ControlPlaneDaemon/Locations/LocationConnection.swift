// SPDX-License-Identifier: Apache-2.0

import AssetModel
import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf
import LocationWire
import Logging
import Orchestrator
import SwiftProtobuf
import Synchronization

/// One location's connection: describes, opens the session, and does so again for ever, with backoff and jitter.
///
/// It shares nothing with other locations' connections but the engine, so a location that is down, slow or lying hurts nobody
/// else. What the engine cannot make durable ends the session; the next one begins with a reconciliation.
final class LocationConnection: Sendable {
  typealias Client = Sluice_Location_V1_CodeLocation.Client<HTTP2ClientTransport.Posix>

  let endpoint: LocationEndpoint
  let engine: Engine
  private let reign: Reign
  let log: LocationLog
  private let executor: LoopExecutor
  let record: LocationRecord
  private let manifests: ManifestDesk
  let session: Mutex<DaemonSession>
  private let shared = Mutex(Shared())

  private struct Shared {
    var status = ConnectionStatus()
    var client: Client?
    /// What the client's calls are proved with; nil where they need no proof.
    var secret: LocationSecret?
    /// Wakes the writer of the open stream.
    var signal: AsyncStream<Void>.Continuation?
    var slots: Int?
    /// When the engine was last told of slots.
    var slotsToldAt: ContinuousClock.Instant?
    /// When the session opened.
    var openedAt: ContinuousClock.Instant?
    /// What `Describe` said on this connection; nil where that could not be taken.
    var described: ManifestDigest?
    /// When the last message of the session came.
    var heard = ContinuousClock.now
    /// Whether a long message waits to be taken: what follows it is not read meanwhile, so nothing can be heard.
    var isTaking = false
  }

  /// - Parameters:
  ///   - executor: where the session is read and written.
  ///   - record: what is remembered of the location over its connections.
  ///   - manifests: where manifests of all locations are put in force.
  init(
    _ endpoint: LocationEndpoint, reign: Reign, engine: Engine, log: LocationLog, executor: LoopExecutor,
    record: LocationRecord, manifests: ManifestDesk
  ) {
    self.executor = executor
    self.record = record
    self.manifests = manifests
    self.endpoint = endpoint
    self.engine = engine
    self.reign = reign
    self.log = log
    session = Mutex(DaemonSession(incarnation: reign.incarnation, epoch: reign.epoch))
  }

  var status: ConnectionStatus { shared.withLock { $0.status } }

  /// The client of the open session, for calls beside it.
  var client: Client? { shared.withLock { $0.client } }

  /// What its calls are proved with; nil where they need no proof.
  var secret: LocationSecret? { shared.withLock { $0.secret } }

  /// Hands commands over; they travel on this session or are dropped when a new one begins.
  func send(_ commands: [LocationWire.Command]) {
    let (fitting, oversized) = split(commands)
    if !oversized.isEmpty { fail(oversized) }
    let hasRoom = session.withLock { session in fitting.allSatisfy { session.send($0) } }
    if hasRoom { return wake() }
    session.withLock { $0.forget() }
    shared.withLock { $0.signal }?.finish()
  }

  // MARK: For ever

  /// Connects and reconnects until cancelled. A session that opens and ends at once is a failed try like another.
  func run() async {
    var random = SystemRandomNumberGenerator()
    var tries = 0.0
    while !Task.isCancelled {
      let problem = await connectOnce().cut(toBytes: ConnectionLimits.problemBytes)
      session.withLock { $0.closed() }
      await tellClosed(problem)
      let lasted = shared.withLock { $0.openedAt.take() }.map { (ContinuousClock.now - $0) / .seconds(1) } ?? 0
      tries = max(0, tries - lasted * ConnectionLimits.forgottenPerSecond) + 1
      let isHabit = problem == Self.ended && tries >= Self.habit
      note(isHabit ? "\(problem), each time soon after it began: it is asked again less and less often" : problem)
      let ceiling = min(ConnectionLimits.firstDelay * (1 << min(Int(tries) - 1, 20)), ConnectionLimits.lastDelay)
      let delay = ceiling * Double.random(in: 0.5...1, using: &random)
      guard (try? await Task.sleep(for: delay)) != nil else { return }
      shared.withLock { $0.status.phase = .connecting }
    }
  }

  /// Waits for the answer, so that nothing of a later session overtakes it. Where the engine is away, or another reign has begun,
  /// that closes every session by itself.
  private func tellClosed(_ problem: String) async {
    await withCheckedContinuation { continuation in
      engine.submit([.sessionClosed(endpoint.name, reason: problem)], in: reign) { _ in continuation.resume() }
    }
  }

  private func note(_ text: String) {
    let problem = text.cut(toBytes: ConnectionLimits.problemBytes)
    let isNews = shared.withLock { shared in
      defer {
        shared.status.problem = problem
        shared.status.phase = .waiting
        shared.client = nil
        shared.secret = nil
        shared.signal = nil
      }
      shared.status.failures += 1
      return shared.status.problem != problem || shared.status.phase == .open
    }
    if isNews, !Task.isCancelled {
      tell(.warning, "location is not connected") { ["problem": .string(problem)] }
    }
  }

  /// One connection from its beginning to its end; returns why it ended.
  private func connectOnce() async -> String {
    do {
      let secret = try endpoint.secret()
      let transport = try HTTP2ClientTransport.Posix(
        target: endpoint.target, transportSecurity: .plaintext,
        // The session gathers what it says itself: a flush that waits for another is a tenth of a step.
        config: .defaults { $0.connection.flushCoalescing = nil }, serviceConfig: Self.serviceConfig,
        eventLoopGroup: executor.loop)
      try await withTaskExecutorPreference(executor) {
        try await withGRPCClient(transport: transport) { client in
          let location = Client(wrapping: client)
          shared.withLock { ($0.client, $0.secret) = (location, secret) }
          // A manifest may be large: reading it must not keep the loop from the others.
          try await withTaskExecutorPreference(LongWorkThreads.shared) { try await describe(location, secret) }
          try await hold(client, secret)
        }
      }
      return Self.ended
    } catch let error as WireError {
      record.count(.session)
      return "\(error)"
    } catch let error as RPCError {
      if error.code == .resourceExhausted { record.count(.session) }
      return words(for: error)
    } catch let error as CredentialError {
      return error.line
    } catch {
      return "\(error)"
    }
  }

  private static let ended = "the location ended the session"
  /// How many tries that came to nothing are no redeploy any more.
  private static let habit = 3.0

  private static let serviceConfig = ServiceConfig(
    methodConfig: [
      MethodConfig(
        // Who does not answer is tried again here, with this connection's own backoff.
        names: [MethodConfig.Name(service: "")], waitForReady: false, maxRequestMessageBytes: WireLimits.messageBytes,
        maxResponseMessageBytes: WireLimits.eventMessageBytes)
    ])

  // MARK: Describe

  private func describe(_ client: Client, _ secret: LocationSecret?) async throws {
    let proof = try await prove(.describe, to: client, with: secret)
    do {
      let document = try await readManifest(client, proof)
      record.charge(TalkBudget.byteCost * document.bytes.count)
      guard document.manifest.location == endpoint.name else {
        throw WireError(
          .malformed, field: "manifest.location",
          "the server at \(endpoint.address) calls itself '\(document.manifest.location)', and workspace.yaml '\(endpoint.name)'")
      }
      if try await !isInForce(document) {
        try admit(document)
        try await manifests.submit(document.manifest, document.digest, of: endpoint.name, to: engine)
      }
      shared.withLock { $0.described = document.digest }
      await tellRefusals()
    } catch let error as WireError {
      record.count(.manifest)
      shared.withLock { $0.described = nil }
      // The last good manifest stays in force; the session shows that the location lives.
      tell(.error, "manifest refused") { ["reason": "\(error)"] }
      _ = try await engine.submit(.manifestUnreadable(endpoint.name, reason: "\(error)"))
    }
  }

  private func readManifest(_ client: Client, _ proof: GRPCCore.Metadata) async throws -> ManifestDocument {
    var options = CallOptions.defaults
    options.timeout = ConnectionLimits.describe
    return try await client.describe(
      request: ClientRequest(message: .init(), metadata: proof), serializer: ProtobufSerializer(),
      deserializer: BoundedDeserializer(.describeResponse, limit: WireLimits.eventMessageBytes), options: options
    ) { response in
      var assembly = ManifestAssembly()
      for try await part in response.messages { try assembly.append(part) }
      return try assembly.finish().document
    }
  }

  /// Whether a manifest is in force, and none came since that was refused: then nothing is to be built.
  private func isInForce(_ document: ManifestDocument) async throws -> Bool {
    let name = endpoint.name
    return try await engine.read { $0.isInForce(document.digest, of: name) }
  }

  /// - Throws: ``WireError`` where a manifest that is not in force may not come yet.
  private func admit(_ document: ManifestDocument) throws {
    if let wait = record.admitManifest(bytes: document.bytes.count) {
      record.count(.manifest)
      throw WireError(
        .overLimit,
        "its manifests change too often: the next one is taken in \(wait.components.seconds + 1) s (manifestsPerInterval)")
    }
  }

  /// What a team deploys and the workspace does not take: the team looks at the log first.
  private func tellRefusals() async {
    let name = endpoint.name
    // On a copy: there may be many.
    guard let graph = try? await engine.durableState().graph else { return }
    let shown = graph.refusals.lazy.filter { $0.location == name }.prefix(ConnectionLimits.loggedRefusals)
    for refusal in shown {
      tell(.warning, "definition refused") { ["definition": "\(refusal.definition)", "reason": "\(refusal.reason)"] }
    }
    let more = graph.refusalCount(of: name) - Set(shown.map(\.definition)).count
    if more > 0 {
      tell(.warning, "more definitions refused") { ["count": "\(more)"] }
    }
  }

  // MARK: The session

  private func hold(_ client: GRPCClient<HTTP2ClientTransport.Posix>, _ secret: LocationSecret?) async throws {
    let (proof, seal) = try await proveSession(reign, to: Client(wrapping: client), with: secret)
    let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let open = session.withLock { $0.open() }
    let intake = SessionIntake(engine, reign) { self.session.withLock { $0.forget() } }
    shared.withLock { $0.signal = signal }
    heard()
    let record = record
    let deserializer = DeferringDeserializer<Sluice_Location_V1_SessionResponse>(
      // Charged before it is decoded, which may refuse it.
      BoundedDeserializer(.sessionResponse, limit: WireLimits.eventMessageBytes) {
        record.charge(TalkBudget.carriedByteCost * $0)
      })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await client.bidirectionalStreaming(
          request: StreamingClientRequest<Sluice_Location_V1_SessionRequest>(metadata: proof) { writer in
            try await writer.write(.with { $0.open = open.wire })
            signal.yield()
            for await _ in signals { try await self.flush(to: writer, sealedBy: seal) }
          }, descriptor: Sluice_Location_V1_CodeLocation.Method.Session.descriptor, serializer: ProtobufSerializer(),
          deserializer: deserializer, options: .defaults
        ) { response in
          defer { signal.finish() }
          for try await message in response.messages {
            self.heard()
            try await self.take(message, intake)
            try await self.pause()
          }
        }
      }
      group.addTask { try await self.watch() }
      group.addTask { for try await _ in intake.failures {} }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  func heard() { shared.withLock { $0.heard = .now } }

  /// A long message is decoded, put together and weighed beside the loop: others' sessions, and maybe the engine, share that.
  private func take(_ message: ArrivedMessage<Sluice_Location_V1_SessionResponse>, _ intake: SessionIntake) async throws {
    guard message.isLong else { return try await receive(message.decoded(), bytes: message.bytes, intake) }
    shared.withLock { $0.isTaking = true }
    defer { shared.withLock { ($0.isTaking, $0.heard) = (false, .now) } }
    try await withTaskExecutorPreference(LongWorkThreads.shared) {
      try await self.receive(message.decoded(), bytes: message.bytes, intake)
    }
  }

  /// Ends a session in which nothing is heard, or nothing that is sent arrives.
  private func watch() async throws {
    var oldest: (command: UInt64, since: ContinuousClock.Instant)?
    while true {
      let (last, isTaking) = shared.withLock { ($0.isTaking ? .now : $0.heard, $0.isTaking) }
      let deadline = last + ConnectionLimits.silence
      guard deadline > .now else {
        throw WireError(.malformed, "the location has been silent for \(ConnectionLimits.silence)")
      }
      // Heartbeats alone do not show that commands arrive: a connection may be dead in one direction.
      let owed = isTaking ? nil : session.withLock { $0.oldestUnacknowledged }
      if oldest?.command != owed { oldest = owed.map { ($0, .now) } }
      if let oldest, oldest.since + ConnectionLimits.acknowledgement < .now {
        throw WireError(
          .malformed, "the location lives, and has not taken what it was sent for \(ConnectionLimits.acknowledgement)")
      }
      try await Task.sleep(until: min(deadline, .now + WireLimits.heartbeatInterval))
    }
  }

  func wake() { shared.withLock { $0.signal }?.yield() }

  private func flush(
    to writer: RPCWriter<Sluice_Location_V1_SessionRequest>, sealedBy seal: CommandSeal?
  ) async throws {
    var acknowledged: UInt64?
    while true {
      let (next, durable) = session.withLock { ($0.takeUnsent(), $0.acknowledgement) }
      guard let durable, next != nil || acknowledged != durable else { return }
      acknowledged = durable
      var message = Sluice_Location_V1_SessionRequest.with { $0.acknowledged = durable }
      if let next { try message.setCommands(first: next.first, next.items, sealedBy: seal) }
      try await writer.write(message)
    }
  }

  private func receive(
    _ message: Sluice_Location_V1_SessionResponse, bytes: Int, _ intake: SessionIntake
  ) async throws {
    switch message.body {
    case .opened(let wire): try await opened(try SessionOpened(wire: wire), received: message.acknowledged, intake)
    case .events(let events):
      try acknowledge(message)
      // The engine's loop takes the lock, too, so that nothing is put together under it.
      let received = events.events.map { Received<LocationEvent>(wire: $0) }
      let deliveries = try session.withLock { (session) throws(WireError) in
        try session.receive(first: events.first, received)
      }
      for delivery in deliveries { try await deliver(delivery, bytes: bytes, intake) }
    case .heartbeat(let wire):
      try acknowledge(message)
      try await heard(try Heartbeat(wire: wire), intake)
    case nil:
      try acknowledge(message)
    }
  }

  private func acknowledge(_ message: Sluice_Location_V1_SessionResponse) throws {
    try session.withLock { (session) throws(WireError) in try session.acknowledge(message.acknowledged) }
  }

  /// Grants under a manifest that the location no longer has would all be refused: it is described again.
  private func compare(_ digest: ManifestDigest) throws {
    guard let described = shared.withLock({ $0.described }), described != digest else { return }
    throw WireError(.outOfOrder, "the location has another manifest than it described: \(digest), not \(described)")
  }

  private func opened(_ opened: SessionOpened, received: UInt64, _ intake: SessionIntake) async throws {
    try compare(opened.manifest)
    let isResumed = try session.withLock { (session) throws(WireError) in try session.opened(opened, received: received) }
    shared.withLock { shared in
      shared.status.phase = .open
      shared.status.problem = nil
      shared.status.failures = 0
      shared.slots = opened.slots
      shared.openedAt = .now
    }
    tell(.info, "session open") { ["resumed": "\(isResumed)"] }
    guard isResumed else { return }
    let status = HostStatus(
      instance: opened.instance, manifest: opened.manifest, slots: opened.slots, isDraining: opened.isDraining)
    try await intake.submit([.sessionResumed(endpoint.name, status)], durable: { self.wake() })
  }

  private func heard(_ beat: Heartbeat, _ intake: SessionIntake) async throws {
    try compare(beat.manifest)
    let isNews = shared.withLock { shared in
      shared.status.heardAt = engine.now
      let isSoon = shared.slotsToldAt.map { .now - $0 < ConnectionLimits.capacityPeriod } ?? false
      guard shared.slots != beat.slots, !isSoon else { return false }
      shared.slots = beat.slots
      shared.slotsToldAt = .now
      return true
    }
    if isNews { try await intake.submit([.capacityChanged(endpoint.name, slots: beat.slots)]) }
    if beat.isDraining { try await intake.submit([.drainingBegan(endpoint.name)]) }
  }
}
