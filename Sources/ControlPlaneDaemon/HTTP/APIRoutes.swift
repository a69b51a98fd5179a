// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOFoundationCompat

/// The API's routes, each over one query.
struct APIRoutes: Sendable {
  let queries: ControlPlaneQueries
  let guardian: Guardian
  let ledger: ConnectionLedger
  let feeds: FeedSource

  typealias Answer = @Sendable (Request, RequestParameters) async throws -> Response
  typealias StreamAnswer = @Sendable (Request, RequestParameters, ClientAddress) async throws -> Response

  func router() -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    for pattern in Route.Pattern.allCases {
      if let answer = get(pattern) {
        add(pattern, .get, to: router) { request, p, _ in try await whileThere(request, p, answer) }
      }
      if let answer = post(pattern) {
        // A launch is not begun for a client that has gone; what operators ask for is carried out.
        let mayEnd = pattern == .runs || pattern == .launches
        add(pattern, .post, to: router) { request, p, _ in
          if mayEnd { try await whileThere(request, p, answer) } else { try await answer(request, p) }
        }
      }
      if let answer = stream(pattern) { add(pattern, .get, to: router, answer) }
    }
    addOperations(to: router)
    router.get("**") { request, _ in
      let path = request.uri.path.prefix(200)
      return Self.refusal(APIError(.notFound, "there is nothing at \(path)", mend: "docs/api.md lists the routes"))
    }
    return router
  }

  /// Probes are for whoever runs the machine and say nothing secret: they need no token. Metrics name locations: they do.
  private func addOperations(to router: Router<APIContext>) {
    let (queries, ledger) = (self.queries, self.ledger)
    // It lives, whatever the store does: a restart would not help.
    router.get("healthz") { _, _ in Self.plain(queries.unreadiness.map { "ok, and not ready: \($0.shown)\n" } ?? "ok\n") }
    router.get("readyz") { _, _ in
      queries.unreadiness.map { Self.plain("not ready: \($0.shown)\n", status: .serviceUnavailable) }
        ?? Self.plain(queries.clockProblem.map { "ok; \($0.shown)\n" } ?? "ok\n")
    }
    router.get("metrics") { request, _ in
      do {
        try guardian.check(request)
      } catch {
        return Self.refusal(APIError(describing: error))
      }
      var connections = PrometheusText()
      ledger.add(to: &connections)
      return Self.plain(await queries.metrics() + connections.text, type: "text/plain; version=0.0.4; charset=utf-8")
    }
  }

  private static func plain(
    _ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  private func add(
    _ pattern: Route.Pattern, _ method: HTTPRequest.Method, to router: Router<APIContext>,
    _ answer: @escaping StreamAnswer
  ) {
    router.on(RouterPath(pattern.rawValue), method: method) { request, context in
      do {
        try guardian.check(request)
        return try await answer(request, RequestParameters(request, context, of: ledger), context.client)
      } catch {
        let refusal = APIError(describing: error)
        if refusal.code == .internal { context.logger.error("\(method) \(pattern.rawValue): \(error)") }
        return Self.refusal(refusal)
      }
    }
  }

  /// Answers as long as the client is there.
  private func whileThere(_ request: Request, _ p: RequestParameters, _ answer: @escaping Answer) async throws -> Response {
    guard let presence = ClientPresence.current else { return try await answer(request, p) }
    do {
      return try await presence.whileThere { try await answer(request, p) }
    } catch is CancellationError where presence.isGone {
      ledger.count(.departed)
      throw ledger.error(.departed)
    }
  }

  private func get(_ pattern: Route.Pattern) -> Answer? {
    let queries = self.queries
    switch pattern {
    case .status: return { _, p in try p.json(await queries.status()) }
    case .locations: return long { _, p in try p.json(Listing(await queries.locations())) }
    case .assets: return long { _, p in try p.json(Listing(await queries.assets(selection: try p.selection()))) }
    case .asset:
      return { _, p in
        // Nobody waits for the location in the place of a question about every asset.
        let detail = try await queries.asset(try p.required("asset"), columns: try p.flag("columns"))
        return try await queries.answering { try p.json(detail) }
      }
    case .partitions:
      return long { _, p in
        try p.json(
          await queries.partitions(
            of: try p.required("asset"), offset: try p.offset(), limit: try p.limit(), state: try p.state()))
      }
    case .checks:
      return long { _, p in
        try p.json(
          await queries.checks(
            of: try p.required("asset"), partition: try p.text("partition"), offset: try p.offset(), limit: try p.limit()))
      }
    case .why: return long { _, p in try p.json(await queries.why(try p.required("asset"), partition: try p.text("partition"))) }
    case .versions:
      return { _, p in
        let (asset, partition) = (try p.required("asset"), try p.text("partition"))
        return try p.json(Listing(await queries.versions(of: asset, partition: partition, limit: try p.limit())))
      }
    case .preview:
      return { _, p in
        let (asset, partition) = (try p.required("asset"), try p.text("partition"))
        let limit = try p.limit(default: 20, most: APILimits.previewRows)
        return try p.json(
          await queries.preview(asset, partition: partition, version: try p.version(), limit: limit))
      }
    case .runs:
      return { _, p in
        let (query, before, limit) = (try p.runs(), try p.number("before"), try p.limit())
        return try p.json(await queries.runs(query, before: before, limit: limit))
      }
    case .run: return { _, p in try p.json(await queries.run(try p.run(), wait: try p.wait())) }
    case .steps:
      return { _, p in
        try p.json(Listing(await queries.steps(of: try p.run(), from: try p.offset("from"), limit: try p.limit())))
      }
    case .logs:
      return { _, p in
        let step = try p.number("step").map { Int(clamping: $0) }
        return try p.json(
          Listing(
            await queries.logs(of: try p.run(), step: step, after: try p.number("after") ?? 0, limit: try p.limit())))
      }
    case .schedules: return { _, p in try p.json(Listing(await queries.schedules())) }
    case .launches, .cancel, .pause, .resume, .reload, .backups, .runEvents, .events: return nil
    }
  }

  /// An answer that may be about every asset, with its encoding: it keeps nobody's thread.
  private func long(_ answer: @escaping Answer) -> Answer {
    { request, p in try await queries.answering { try await answer(request, p) } }
  }

  private func post(_ pattern: Route.Pattern) -> Answer? {
    let queries = self.queries
    switch pattern {
    case .runs:
      return { request, p in
        let launch: LaunchRequest = try await request.json(p.memory)
        return try p.done(await queries.launch(launch, trace: request.trace, wait: try p.wait()))
      }
    case .launches:
      return { request, p in
        let batch: LaunchBatch = try await request.json(p.memory)
        return try p.done(Listing(await queries.launch(batch, trace: request.trace, wait: try p.wait())))
      }
    case .cancel: return { _, p in try p.done(await queries.cancel(try p.run())) }
    case .pause, .resume:
      return { _, p in
        try p.done(
          await queries.setSchedule(
            location: try p.part("location"), name: try p.part("name"), paused: pattern == .pause))
      }
    case .reload: return { _, p in try p.done(await queries.reload()) }
    case .backups: return { request, p in try p.done(await queries.backUp(try await request.json(p.memory))) }
    default: return nil
    }
  }

  private func stream(_ pattern: Route.Pattern) -> StreamAnswer? {
    switch pattern {
    case .runEvents: { request, p, client in try await events(run: try p.run(), request, p, client) }
    case .events: { request, p, client in try await events(run: nil, request, p, client) }
    default: nil
    }
  }

  private func events(
    run: UInt64?, _ request: Request, _ p: RequestParameters, _ client: ClientAddress
  ) async throws -> Response {
    let position = try p.position(request)
    let ticket = try ledger.admitStream(of: client)
    let incarnation = try await queries.incarnation(expecting: try p.text("incarnation"))
    let feed = try await EventFeed(feeds, queries, run: run, after: position, ticket)
    var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-cache"]
    if let name = HTTPField.Name(EventStreamParser.incarnationHeader) { headers[name] = incarnation }
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        try await feed.write { try await writer.write($0) }
        try await writer.finish(nil)
      })
  }

  static func refusal(_ error: APIError) -> Response {
    let data = (try? APICoding.encode(APIErrorBody(error))) ?? Data()
    var response = response(.init(code: error.status), data)
    if let seconds = error.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
    return response
  }

  private static func response(_ status: HTTPResponse.Status, _ data: Data) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(data: data)))
  }
}

extension RequestParameters {
  /// An answer, which counts as in memory until its reader has taken it.
  fileprivate func json(_ value: some Encodable) throws -> Response {
    let data = try APICoding.encode(value)
    try memory.take(data.count)
    return answer(data)
  }

  /// The answer to what was done: it counts, and is not refused, since its client would do it again.
  fileprivate func done(_ value: some Encodable) throws -> Response {
    let data = try APICoding.encode(value)
    memory.add(data.count)
    return answer(data)
  }

  private func answer(_ data: Data) -> Response {
    let (buffer, memory, piece) = (ByteBuffer(data: data), self.memory, self.piece)
    let body = ResponseBody(contentLength: buffer.readableBytes) { writer in
      var rest = buffer
      while let part = rest.readSlice(length: min(rest.readableBytes, piece)), part.readableBytes > 0 {
        try await writer.write(part)
      }
      try await writer.finish(nil)
      withExtendedLifetime(memory) {}
    }
    return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
  }
}
