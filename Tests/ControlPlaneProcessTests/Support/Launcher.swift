// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Synchronization
import Testing

/// A client that launches one small run after the other, each under a key that it repeats until it is acknowledged.
final class Launcher: Sendable {
  private struct Content {
    var acknowledged: [String: UInt64] = [:]
    var refusals: [String] = []
    var isOver = false
  }

  private let content = Mutex(Content())
  private let client: ControlPlaneClient

  init(_ daemon: DaemonProcess) { client = daemon.client }

  var acknowledged: [String: UInt64] { content.withLock { $0.acknowledged } }
  var refusals: [String] { content.withLock { $0.refusals } }
  func stop() { content.withLock { $0.isOver = true } }

  /// Goes on until it is stopped and its last launch is acknowledged.
  func run() async throws {
    for number in 0... {
      if content.withLock({ $0.isOver }) { return }
      try await launch("launch-\(number)")
      // polls: a client that comes again and again, and leaves the machine some air
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func launch(_ key: String) async throws {
    try await eventually("the acknowledgement of \(key)") {
      do {
        let run = try await client.launch(LaunchRequest(selection: "fixture/quick", clientKey: key)).run.id
        content.withLock { $0.acknowledged[key] = run }
        return ()
      } catch let error as APIError where error.code == .unavailable {
        content.withLock { $0.refusals.append(error.message) }
      } catch is DaemonUnreachable {
        // Asked again.
      }
      return nil
    }
  }

  /// Every acknowledged run is there, and nothing was launched twice.
  func check(others: Set<UInt64>, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let acknowledged = acknowledged
    var listed: [RunSummary] = []
    while true {
      let page = try await client.runs(before: listed.last?.id, limit: 1_000)
      listed += page
      if page.count < 1_000 { break }
    }
    let runs = listed.map(\.id).filter { !others.contains($0) }
    #expect(Set(runs).count == runs.count, sourceLocation: sourceLocation)
    #expect(Set(acknowledged.values) == Set(runs), sourceLocation: sourceLocation)
    #expect(acknowledged.count == runs.count, sourceLocation: sourceLocation)
  }
}
