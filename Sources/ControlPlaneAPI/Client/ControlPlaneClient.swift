// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Speaks the control plane's HTTP API. Every call has a deadline.
///
/// Errors: ``DaemonUnreachable`` where nothing answers in time, ``APIError`` where the daemon refuses, ``UnexpectedAnswer``
/// where something else answers.
package struct ControlPlaneClient: Sendable {
  /// Where the daemon is, without a slash at the end.
  package let url: String
  /// How long one call may take; a stream is bounded by its caller.
  package let deadline: Duration
  private let token: String?

  /// Never shut down: it lives as long as the process. A refused connection is an answer here, not to be tried again inside.
  private static let http: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  /// - Parameter token: sent as a bearer token, where the daemon asks for one.
  package init(url: String, token: String? = nil, deadline: Duration = .seconds(30)) {
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.token = token
    self.deadline = deadline
  }

  package func status() async throws -> DaemonStatus { try await get(.status) }
  package func locations() async throws -> [LocationSummary] { try await get(.locations, as: Listing.self).items }

  package func assets(selection: String? = nil) async throws -> [AssetSummary] {
    try await get(.assets(selection: selection), as: Listing.self).items
  }

  package func asset(_ key: String, columns: Bool = false) async throws -> AssetDetail {
    try await get(.asset(key, columns: columns))
  }

  package func partitions(
    of asset: String, offset: Int = 0, limit: Int, state: PartitionState? = nil
  ) async throws -> Page<PartitionSummary> {
    try await get(.partitions(asset: asset, offset: offset, limit: limit, state: state))
  }

  package func checks(of asset: String, partition: String?, offset: Int = 0) async throws -> Page<CheckResult> {
    try await get(.checks(asset: asset, partition: partition, offset: offset))
  }

  package func why(_ asset: String, partition: String? = nil) async throws -> WhyReport {
    try await get(.why(asset: asset, partition: partition))
  }

  /// Newest first.
  package func versions(
    of asset: String, partition: String? = nil, limit: Int = APILimits.defaultPageItems
  ) async throws -> [VersionDetail] {
    try await get(.versions(asset: asset, partition: partition, limit: limit), as: Listing.self).items
  }

  package func preview(
    _ asset: String, partition: String?, version: UInt32? = nil, limit: Int
  ) async throws -> PreviewReport {
    try await get(.preview(asset: asset, partition: partition, version: version, limit: limit))
  }

  /// Begins a run; with a client key known already, returns the run of then. Safe to repeat under one key.
  ///
  /// - Parameters:
  ///   - wait: how many seconds the answer may wait for the run's end.
  ///   - trace: the trace that the launch is part of; the run and its steps carry it on.
  package func launch(_ launch: LaunchRequest, wait: Int? = nil, trace: TraceContext? = nil) async throws -> LaunchResult {
    try await send(.launch(wait: wait), body: try APICoding.encode(launch), trace: trace)
  }

  /// Begins many runs, decided in turn and made durable together; each answer is a result or a refusal.
  ///
  /// - Parameter wait: how many seconds the answer may wait for the end of all of them.
  package func launch(
    _ launches: [LaunchRequest], trace: TraceContext? = nil, wait: Int? = nil
  ) async throws -> [LaunchAnswer] {
    let body = try APICoding.encode(LaunchBatch(launches))
    return try await send(.launchMany(wait: wait), body: body, trace: trace, as: Listing.self).items
  }

  package func runs(before: UInt64? = nil, limit: Int) async throws -> [RunSummary] {
    try await runs(RunQuery(), before: before, limit: limit).items
  }

  package func runs(_ query: RunQuery, before: UInt64? = nil, limit: Int) async throws -> RunList {
    try await get(.runs(query, before: before, limit: limit))
  }

  package func run(_ id: UInt64, wait: Int? = nil) async throws -> RunDetail { try await get(.run(id, wait: wait)) }

  package func steps(run: UInt64, from ordinal: Int, limit: Int) async throws -> [StepSummary] {
    try await get(.steps(run: run, from: ordinal, limit: limit), as: Listing.self).items
  }

  package func logs(
    of run: UInt64, step: Int? = nil, after sequence: UInt64 = 0, limit: Int = APILimits.pageItems
  ) async throws -> [LogEntry] {
    try await get(.logs(run: run, step: step, after: sequence, limit: limit), as: Listing.self).items
  }

  package func cancel(run: UInt64) async throws -> RunSummary { try await send(.cancel(run: run)) }
  package func schedules() async throws -> [ScheduleSummary] { try await get(.schedules, as: Listing.self).items }

  package func setSchedule(location: String, name: String, paused: Bool) async throws -> ScheduleSummary {
    try await send(.setSchedule(location: location, name: name, paused: paused))
  }

  package func reload() async throws -> ReloadResult { try await send(.reload) }

  /// Has the daemon write a backup of its store on its own machine; it takes as long as copying and reading the store twice.
  package func backUp(to file: String) async throws -> BackupSummary {
    let patient = ControlPlaneClient(url: url, token: token, deadline: APILimits.backupDeadline)
    return try await patient.send(.backUp, body: try APICoding.encode(BackupRequest(file: file)))
  }

  private func get<Answer: Decodable>(_ route: Route, as: Answer.Type = Answer.self) async throws -> Answer {
    try await send(route)
  }

  private func send<Answer: Decodable>(
    _ route: Route, body: Data? = nil, trace: TraceContext? = nil, as: Answer.Type = Answer.self
  ) async throws -> Answer {
    var request = self.request(route)
    if let trace {
      request.headers.add(name: "traceparent", value: trace.traceparent)
      if let state = trace.state { request.headers.add(name: "tracestate", value: state) }
    }
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(data: body))
    }
    let (status, data) = try await exchange(request)
    guard (200..<300).contains(status) else { throw refusal(status: status, data: data) }
    do {
      return try APICoding.decode(from: data)
    } catch {
      throw UnexpectedAnswer(url: url + route.target, detail: "\(error)")
    }
  }

  func request(_ route: Route) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: url + route.target)
    request.method = .init(rawValue: route.method)
    request.headers.add(name: "Accept", value: "application/json")
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    return request
  }

  private func exchange(_ request: HTTPClientRequest) async throws -> (status: Int, data: Data) {
    do {
      let response = try await Self.http.execute(request, timeout: .nanoseconds(deadline.wholeNanoseconds))
      let body = try await response.body.collect(upTo: APILimits.answerBytes)
      return (Int(response.status.code), Data(buffer: body))
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw unreachable(error)
    }
  }

  func unreachable(_ error: any Error) -> DaemonUnreachable {
    let cause =
      switch error as? HTTPClientError {
      case .some(.connectTimeout), .some(.deadlineExceeded), .some(.readTimeout): "no answer within \(deadline)"
      case .some(.remoteConnectionClosed): "it closed the connection"
      case .some(.emptyScheme), .some(.emptyHost), .some(.invalidURL): "this is no http URL"
      default: Self.describe(error)
      }
    return DaemonUnreachable(url: url, cause: cause)
  }

  private static func describe(_ error: any Error) -> String {
    let text = "\(error)"
    return text.contains("ECONNREFUSED") || text.contains("errno: 111") ? "connection refused" : text
  }

  func refusal(status: Int, data: Data) -> any Error {
    if let body = try? APICoding.decode(APIErrorBody.self, from: data) { return body.error }
    return UnexpectedAnswer(url: url, detail: "HTTP status \(status)")
  }

  /// Opens an event stream; the caller reads it and decides when it has been silent for too long.
  func open(_ route: Route) async throws -> HTTPClientResponse {
    var request = self.request(route)
    request.headers.replaceOrAdd(name: "Accept", value: "text/event-stream")
    do {
      return try await Self.http.execute(request, timeout: .hours(24 * 365))
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw unreachable(error)
    }
  }
}

extension Duration {
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
