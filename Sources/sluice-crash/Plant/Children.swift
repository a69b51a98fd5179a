// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Synchronization

/// The processes that run now, so that none outlives the harness when it is interrupted.
final class Children: Sendable {
  private let identifiers = Mutex<Set<Int32>>([])

  func insert(_ identifier: Int32) { identifiers.withLock { _ = $0.insert(identifier) } }
  func remove(_ identifier: Int32) { identifiers.withLock { _ = $0.remove(identifier) } }

  /// Ends them, and the harness, on SIGINT and SIGTERM; for as long as what it returns is kept.
  func endOnSignals() -> [any DispatchSourceSignal] {
    [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { [self] in
        for identifier in identifiers.withLock({ $0 }) { kill(identifier, SIGKILL) }
        exit(128 + number)
      }
      source.resume()
      return source
    }
  }
}
