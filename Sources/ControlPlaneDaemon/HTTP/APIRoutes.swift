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

  typealias Answer = @Sendable (Request, RequestParameters) async throws -> Response

  func router() -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self)
    for pattern in Route.Pattern.allCases {
      if let answer = get(pattern) { add(pattern, .get, answer, to: router) }
      if let answer = post(pattern) { add(pattern, .post, answer, to: router) }
    }
    addOperations(to: router)
    router.get("**") { request, _ in
      Self.refusal(APIError(.notFound, "there is nothing at \(request.uri.path)", mend: "docs/api.md lists the routes"))
    }
    return router
  }

  /// Probes are for whoever runs the machine and say nothing secret: they need no token. Metrics name locations: they do.
  private func addOperations(to router: Router<BasicRequestContext>) {
    let queries = self.queries
    // It lives, whatever the store does: a restart would not help.
    router.get("healthz") { _, _ in Self.plain(queries.unreadiness.map { "ok, and not ready: \($0.shown)\n" } ?? "ok\n") }
    router.get("readyz") { _, _ in
      queries.unreadiness.map { Self.plain("not ready: \($0.shown)\n", status: .serviceUnavailable) } ?? Self.plain("ok\n")
    }
    router.get("metrics") { request, _ in
      do {
        try guardian.check(request)
      } catch {
        return Self.refusal(APIError(describing: error))
      }
      return Self.plain(await queries.metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
    }
  }

  private static func plain(
    _ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  private func add(
    _ pattern: Route.Pattern, _ method: HTTPRequest.Method, _ answer: @escaping Answer, to router: Router<BasicRequestContext>
  ) {
    router.on(RouterPath(pattern.rawValue), method: method) { request, context in
      do {
        try guardian.check(request)
        return try await answer(request, RequestParameters(request, context))
      } catch {
        let refusal = APIError(describing: error)
        if refusal.code == .internal { context.logger.error("\(method) \(pattern.rawValue): \(error)") }
        return Self.refusal(refusal)
      }
    }
  }

  private func get(_ pattern: Route.Pattern) -> Answer? {
    let queries = self.queries
    switch pattern {
    case .status: return { _, _ in try json(await queries.status()) }
    case .locations: return { _, _ in try json(Listing(await queries.locations())) }
    case .assets: return { _, p in try json(Listing(await queries.assets(selection: p["selection"]))) }
    case .asset: return { _, p in try json(await queries.asset(try p.required("asset"))) }
    case .partitions:
      return { _, p in
        try json(
          await queries.partitions(
            of: try p.required("asset"), offset: try p.offset(), limit: try p.limit(), state: try p.state()))
      }
    case .checks:
      return { _, p in
        try json(
          await queries.checks(
            of: try p.required("asset"), partition: p["partition"], offset: try p.offset(), limit: try p.limit()))
      }
    case .why: return { _, p in try json(await queries.why(try p.required("asset"), partition: p["partition"])) }
    case .preview:
      return { _, p in
        let limit = try p.limit(default: 20, most: APILimits.previewRows)
        return try json(await queries.preview(try p.required("asset"), partition: p["partition"], limit: limit))
      }
    case .runs: return { _, p in try json(Listing(await queries.runs(before: try p.number("before"), limit: try p.limit()))) }
    case .run: return { _, p in try json(await queries.run(try p.run(), wait: try p.wait())) }
    case .steps:
      return { _, p in
        try json(Listing(await queries.steps(of: try p.run(), from: try p.offset("from"), limit: try p.limit())))
      }
    case .runEvents:
      return { request, p in try await events(run: try p.run(), after: try p.position(request)) }
    case .events: return { request, p in try await events(run: nil, after: try p.position(request)) }
    case .schedules: return { _, _ in try json(Listing(await queries.schedules())) }
    case .launches, .cancel, .pause, .resume, .reload, .backups: return nil
    }
  }

  private func post(_ pattern: Route.Pattern) -> Answer? {
    let queries = self.queries
    switch pattern {
    case .runs:
      return { request, p in
        let launch: LaunchRequest = try await body(of: request)
        return try json(await queries.launch(launch, trace: request.trace, wait: try p.wait()))
      }
    case .launches:
      return { request, p in
        let batch: LaunchBatch = try await body(of: request)
        return try json(Listing(await queries.launch(batch, trace: request.trace, wait: try p.wait())))
      }
    case .cancel: return { _, p in try json(await queries.cancel(try p.run())) }
    case .pause, .resume:
      return { _, p in
        try json(
          await queries.setSchedule(
            location: try p.part("location"), name: try p.part("name"), paused: pattern == .pause))
      }
    case .reload: return { _, _ in try json(await queries.reload()) }
    case .backups: return { request, _ in try json(await queries.backUp(try await body(of: request))) }
    default: return nil
    }
  }

  private func events(run: UInt64?, after position: UInt64?) async throws -> Response {
    let feed = try await EventFeed(queries: queries, run: run, after: position)
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
      body: ResponseBody { writer in
        try await feed.write { try await writer.write(ByteBuffer(string: $0)) }
        try await writer.finish(nil)
      })
  }

  static func refusal(_ error: APIError) -> Response {
    let data = (try? APICoding.encode(APIErrorBody(error))) ?? Data()
    return response(.init(code: error.status), data)
  }

  fileprivate static func response(_ status: HTTPResponse.Status, _ data: Data) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(data: data)))
  }
}

private func json(_ value: some Encodable) throws -> Response { APIRoutes.response(.ok, try APICoding.encode(value)) }

private func body<Value: Decodable>(of request: Request) async throws -> Value {
  // A web page cannot send this content type to another origin without asking first.
  guard request.headers[.contentType]?.hasPrefix("application/json") == true else {
    throw APIError(.badRequest, "the body is not JSON", mend: "send it with 'Content-Type: application/json'")
  }
  let buffer: ByteBuffer
  do {
    buffer = try await request.body.collect(upTo: APILimits.requestBytes)
  } catch {
    throw APIError(.tooLarge, "the body has more than \(APILimits.requestBytes) bytes")
  }
  do {
    return try APICoding.decode(from: Data(buffer: buffer))
  } catch {
    throw APIError(.badRequest, "the body is not of the right shape: \(error)", mend: "docs/api.md states the shape")
  }
}
