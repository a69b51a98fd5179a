// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Logging
package import Orchestrator
import Synchronization

/// Warns, once each, of assets that definitions in force read and no location defines.
package final class UpstreamNotices: EngineObserver {
  private let log: LocationLog
  private let changes: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation
  private let told = Mutex<Set<UnknownUpstream>>([])

  package init(_ log: LocationLog) {
    self.log = log
    (changes, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Looks whenever definitions have changed, until the task is cancelled.
  package func run(_ engine: Engine) async {
    for await _ in changes {
      let found = try? await engine.durableState().unknownUpstreamsWithGuesses()
      tell(found ?? [], at: engine.now)
    }
  }

  private func tell(_ found: [(unknown: UnknownUpstream, meant: String?)], at now: Timestamp) {
    let news = told.withLock { told in
      defer { told = Set(found.map(\.unknown)) }
      return found.filter { !told.contains($0.unknown) }
    }
    for (unknown, meant) in news {
      log.log(.warning, "unknown upstream", of: unknown.reader, at: now) {
        ["location": "\(unknown.reader)", "definition": "\(unknown.step)", "reason": "\(unknown.message(meaning: meant))"]
      }
    }
  }

  package func reignBegan(_ reign: Reign, on state: State) { signal.yield() }
  package func following(_ leader: String) {}
  package func paused(_ reason: String) {}

  package func committed(_ events: [StampedEvent], through position: JournalPosition, latency: Duration, waiting: Int) {
    let isChange = events.contains { stamped in
      switch stamped.event {
      case .manifestAccepted, .workspaceLoaded: true
      default: false
      }
    }
    if isChange { signal.yield() }
  }
}
