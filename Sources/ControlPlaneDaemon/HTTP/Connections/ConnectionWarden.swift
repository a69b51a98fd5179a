// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import NIOCore
import NIOHTTP1

/// Holds one connection to its limits; lives on the connection's event loop, between the two handlers that tell it what happens.
final class ConnectionWarden {
  let limits: HTTPLimits
  private let channel: any Channel
  private let ledger: ConnectionLedger
  private let ticket: ConnectionTicket
  private let presence: ClientPresence
  /// Whether its client knows answers that only say that it should go on.
  private var isModern = true
  private var progress: ConnectionProgress
  private var timer: (task: Scheduled<Void>, at: NIODeadline)?
  private var stall: Scheduled<Void>?
  private(set) var isLeaving = false
  private var isStream = false

  /// The paths that are answered whatever the load is.
  private static let probes: Set<String> = ["/healthz", "/readyz"]

  init(_ channel: any Channel, _ ticket: ConnectionTicket, of ledger: ConnectionLedger, _ presence: ClientPresence) {
    self.channel = channel
    self.ticket = ticket
    self.ledger = ledger
    self.presence = presence
    limits = ticket.refusal == nil ? ledger.limits : ledger.limits.ofReserve
    progress = ConnectionProgress(at: .now())
  }

  // MARK: What happens

  func becameActive() {
    progress = ConnectionProgress(at: .now())
    watch()
  }

  func becameInactive() {
    cancelTimer()
    stall?.cancel()
    stall = nil
    isLeaving = true
  }

  func bytesCame() { if progress.bytesCame(at: .now()) { watch() } }

  /// - Returns: Why the request is not answered; nil where it is.
  func headCame(_ head: HTTPRequestHead) -> ConnectionLedger.Refusal? {
    progress.headCame(at: .now())
    isModern = (head.version.major, head.version.minor) >= (1, 1)
    watch()
    // Before anything compares a text of it, which is done for a client without a token, too.
    if head.hasLongRuns { return .marks }
    if let refusal = ticket.refusal {
      ledger.spoke(ticket)
      guard Self.probes.contains(String(head.uri.prefix { $0 != "?" })) else { return refusal }
    }
    return progress.requests > limits.requestsAhead ? .requestsAhead : nil
  }

  /// Whether the connection ends with its first answer.
  var isBrief: Bool { ticket.refusal != nil }

  func bodyEnded() {
    progress.bodyEnded(at: .now())
    watch()
  }

  func answerBegan(_ head: HTTPResponseHead) {
    progress.answerBegan()
    isStream = head.headers.first(name: "content-type") == "text/event-stream"
  }

  func answerEnded() {
    progress.answerEnded(at: .now())
    isStream = false
    watch()
  }

  func writabilityChanged() {
    if channel.isWritable {
      stall?.cancel()
      stall = nil
    } else if stall == nil {
      watchReader(waiting: waitingBytes)
    }
  }

  // MARK: Times

  /// One timer serves all deadlines; it is set anew where one comes before it, and otherwise when it fires.
  private func watch() {
    guard !isLeaving, let (_, deadline) = progress.deadline(limits) else { return }
    if let timer, timer.at <= deadline { return }
    setTimer(at: deadline) { $0.look() }
  }

  private func setTimer(at deadline: NIODeadline, _ body: @escaping (ConnectionWarden) -> Void) {
    cancelTimer()
    // Only the connection's handlers call, on its loop.
    let task = channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
      guard let self else { return }
      self.timer = nil
      body(self)
    }
    timer = (task, deadline)
  }

  private func cancelTimer() {
    timer?.task.cancel()
    timer = nil
  }

  private func look() {
    guard !isLeaving, let (expiry, deadline) = progress.deadline(limits) else { return }
    guard deadline <= .now() else { return watch() }
    switch expiry {
    case .idle: leave()
    case .head: refuse(ticket.refusal == nil ? .headTime : .reserve)
    case .body: refuse(.bodyTime)
    }
  }

  private var waitingBytes: Int { (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

  /// Ends a connection whose reader takes nothing; while it cannot be written, nothing is added to what waits.
  private func watchReader(waiting: Int) {
    // Only the connection's handlers call, on its loop.
    stall = channel.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.stallTime)) { [weak self] in
      guard let self, !self.channel.isWritable else { return }
      let left = self.waitingBytes
      if waiting - left >= min(self.limits.stallBytes, max(1, waiting)) { return self.watchReader(waiting: left) }
      self.ledger.count(.stalled)
      if self.isStream { self.ledger.countDroppedStream() }
      self.leave()
    }
  }

  // MARK: The end

  /// Closes the connection without a word.
  private func leave() {
    isLeaving = true
    channel.close(promise: nil)
  }

  /// Says why the connection ends, where an answer can still be given, and ends it.
  func refuse(_ refusal: ConnectionLedger.Refusal) {
    guard !isLeaving else { return }
    ledger.count(refusal)
    guard !progress.isAnswering, progress.requests <= 1 || refusal == .requestsAhead else { return leave() }
    isLeaving = true
    let error = ledger.error(refusal)
    let data = (try? APICoding.encode(APIErrorBody(error))) ?? Data()
    var headers: HTTPHeaders = [
      "content-type": "application/json", "content-length": "\(data.count)", "connection": "close", "server": "sluiced",
    ]
    if let seconds = error.retryAfter { headers.add(name: "retry-after", value: "\(seconds)") }
    let status = refusal == .headBytes ? HTTPResponseStatus.requestHeaderFieldsTooLarge : .init(statusCode: error.status)
    // Past the handler that guards the answers of others.
    guard let context = try? channel.pipeline.syncOperations.context(handlerType: RequestWatch.self) else { return leave() }
    context.write(
      NIOAny(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    context.write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: data)))), promise: nil)
    context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
    farewell()
  }

  /// Closes the connection once the client has, or after a while: earlier, what it still sends would take the answer away from it.
  private func farewell() {
    channel.close(mode: .output, promise: nil)
    setTimer(at: .now() + TimeAmount(limits.farewellTime)) { $0.channel.close(promise: nil) }
  }

  func inputClosed() { if isLeaving { channel.close(promise: nil) } else { probe() } }

  /// The client sends no more: it has gone, or waits for its answer. An interim answer, which every client of HTTP/1.1 leaves aside where it
  /// has not asked for one, tells which: the system of one that has gone refuses it, and the connection ends.
  private func probe() {
    guard progress.requests > 0, !progress.isAnswering else { return }
    guard isModern, let context = try? channel.pipeline.syncOperations.context(handlerType: RequestWatch.self) else {
      return presence.leave()
    }
    let head = HTTPResponseHead(version: .http1_1, status: .continue)
    context.writeAndFlush(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
  }
}

extension HTTPLimits {
  /// Those of a connection that is one too many.
  fileprivate var ofReserve: HTTPLimits {
    var limits = self
    (limits.headTime, limits.bodyTime, limits.idleTime) = (reserveTime, reserveTime, reserveTime)
    return limits
  }
}
