// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The daemon's paths for operators, which say how it fares without asking the engine.
struct Probe: Sendable {
  let url: String

  /// How many events and group commits a daemon has made durable since it started.
  struct Journal {
    var events: Int
    var commits: Int

    func subtracting(_ earlier: Journal) -> Journal {
      Journal(events: events - earlier.events, commits: commits - earlier.commits)
    }
  }

  /// Whether scheduling goes on; false also while nothing answers.
  func isReady() async -> Bool { await (try? get("/readyz"))?.status == 200 }

  func journal() async throws -> Journal {
    let (status, text) = try await get("/metrics")
    guard status == 200 else { throw BenchmarkError("\(url)/metrics answered with status \(status)") }
    return Journal(
      events: try Self.counter("sluice_journal_events_total", in: text),
      commits: try Self.counter("sluice_journal_append_seconds_count", in: text))
  }

  private static func counter(_ name: String, in text: String) throws -> Int {
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
    guard let value = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
      throw BenchmarkError("the daemon's metrics lack \(name)")
    }
    return Int(value)
  }

  private func get(_ path: String) async throws -> (status: UInt, text: String) {
    let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url + path), timeout: .seconds(10))
    return (response.status.code, String(buffer: try await response.body.collect(upTo: 16 << 20)))
  }
}
