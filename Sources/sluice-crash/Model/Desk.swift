// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Synchronization

/// Where requests go: to the daemon that leads, as far as it is known; to another one once that does not answer, or says that it does
/// not lead.
final class Desk: Sendable {
  private let clients: [ControlPlaneClient]
  private let preferred = Mutex(0)

  init(urls: [String]) {
    // One that stands still answers nobody: where there is another, it is asked soon.
    let deadline = urls.count > 1 ? CrashLimits.impatientRequest : CrashLimits.request
    clients = urls.map { ControlPlaneClient(url: $0, deadline: deadline) }
  }

  /// The daemon that is asked next.
  var client: ControlPlaneClient { clients[preferred.withLock { $0 }] }

  /// Asks; where the daemon cannot answer, the next request goes to another one.
  func ask<Answer: Sendable>(_ body: (ControlPlaneClient) async throws -> Answer) async throws -> Answer {
    let index = preferred.withLock { $0 }
    do {
      return try await body(clients[index])
    } catch let error as DaemonUnreachable {
      turn(from: index)
      throw error
    } catch let error as APIError where error.code == .unavailable {
      turn(from: index)
      throw error
    }
  }

  private func turn(from index: Int) {
    preferred.withLock { if $0 == index { $0 = (index + 1) % clients.count } }
  }

  /// What every daemon says of itself: where there are several, one leads and the others follow at its position.
  ///
  /// - Returns: what is not so yet.
  func disunity() async throws -> Violation? {
    var statuses: [DaemonStatus] = []
    for client in clients { statuses.append(try await client.status()) }
    let leaders = statuses.indices.filter { statuses[$0].role == .leading }
    guard let leader = leaders.first, leaders.count == 1 else {
      return Violation(.rest, "the daemons are \(statuses.map(\.role.rawValue))")
    }
    preferred.withLock { $0 = leader }
    for status in statuses where !status.problems.isEmpty {
      return Violation(.rest, "a daemon has problems: \(status.problems)")
    }
    for status in statuses where status.role != .following && status.role != .leading {
      return Violation(.rest, "the daemons are \(statuses.map(\.role.rawValue))")
    }
    let positions = statuses.map(\.position)
    return Set(positions).count == 1 ? nil : Violation(.journal, "the daemons have read up to \(positions)")
  }
}
