// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import FoundationNetworking
import Testing

/// A `sluiced` of a test's own.
final class DaemonProcess: Sendable {
  let child: Child
  let port: Int
  let client: ControlPlaneClient
  private let products = Child.products

  init(_ name: String, port: Int, site: Site, store: [String], shell: String? = nil) throws {
    self.port = port
    client = ControlPlaneClient(url: "http://127.0.0.1:\(port)", deadline: .seconds(120))
    child = try Child(
      "sluiced",
      [
        "--workspace", site.workspace.path(), "--data-dir", site.home.appending(path: "state-\(name)").path(), "--port",
        "\(port)",
      ] + store, shell: shell, log: site.home.appending(path: "\(name).log"))
  }

  /// What it says of itself; nil while it does not answer.
  func status() async throws -> DaemonStatus? {
    do { return try await client.status() } catch is DaemonUnreachable { return nil }
  }

  /// Waits until it is what it should be to its store, and, where it leads, has its location.
  @discardableResult
  func becomes(_ role: DaemonStatus.Role, within limit: Duration = Bound.usual) async throws -> Duration {
    try await eventually("port \(port) \(role.rawValue)", within: limit) {
      try #require(child.isRunning, "it ended by itself: \(child.output.suffix(500))")
      return try await status()?.role == role ? () : nil
    }.took
  }

  func connects(within limit: Duration = Bound.usual) async throws {
    try await eventually("the location", within: limit) {
      let locations = try? await client.locations()
      return locations?.first { $0.name == Site.location }?.state == .connected ? () : nil
    }
  }

  /// Launches all of the two assets, and waits until every slot holds a step.
  func launchHeld(_ site: Site) async throws -> UInt64 {
    let launch = LaunchRequest(selection: "fixture/held,fixture/after", partitions: "all", clientKey: "held")
    let run = try await client.launch(launch).run.id
    try await eventually("steps in every slot") { site.notes("begin").count == Site.slots ? () : nil }
    return run
  }

  func ends(_ run: UInt64, within limit: Duration = Bound.usual) async throws -> RunState {
    try await eventually("the end of run \(run)", within: limit) {
      guard let state = try? await client.run(run).run.state else { return nil }
      return state.isFinal ? state : nil
    }.answer
  }

  /// Every event from the journal's first on, up to the end of a run.
  func events(untilEndOf run: UInt64) async throws -> [LiveEvent] {
    var events: [LiveEvent] = []
    try await client.follow(after: 0) { event in
      events.append(event)
      return !(event.kind == .runEnded && event.run == run)
    }
    return events
  }

  /// What `sluice` says of it.
  func sluice(_ arguments: String...) async throws -> (status: Int32, text: String) {
    try await Child.run(
      products.appending(path: "sluice").path(), arguments, environment: ["SLUICE_URL": client.url, "NO_COLOR": "1"])
  }

  func get(_ path: String) async throws -> (status: Int, text: String) {
    let url = try #require(URL(string: client.url + path))
    let (data, response) = try await URLSession.shared.data(from: url)
    return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
  }

  /// The value of a metric without labels.
  func metric(_ name: String) async throws -> Double? {
    let lines = try await get("/metrics").text.split(separator: "\n")
    return lines.first { $0.hasPrefix("\(name) ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
  }
}
