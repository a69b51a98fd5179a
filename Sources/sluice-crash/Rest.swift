// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation

/// Waits until nothing is left to do, on what can be observed from outside.
struct Rest {
  let desk: Desk
  let catalogue: Catalogue
  let ledger: Ledger
  let listener: Listener
  let storage: URL

  /// - Throws: ``Violation`` with what does not come, once patience ends.
  func wait(_ alive: () throws -> Void) async throws {
    let deadline = ContinuousClock.now + CrashLimits.patience
    while let missing = await missing() {
      try alive()
      guard ContinuousClock.now < deadline else {
        throw Violation(missing.rule, "not at rest within \(CrashLimits.patience): \(missing.detail)")
      }
      try await Task.sleep(for: CrashLimits.look)
    }
  }

  /// The first thing that is not at rest yet.
  private func missing() async -> Violation? {
    do {
      if let missing = try await missingInDaemon() { return missing }
    } catch {
      return Violation(.rest, "the daemon does not answer: \(error)")
    }
    return missingInStream() ?? missingInStorage()
  }

  private func missingInDaemon() async throws -> Violation? {
    if let disunity = try await desk.disunity() { return disunity }
    let client = desk.client
    let status = try await client.status()
    if status.runsInProgress > 0 { return Violation(.rest, "\(status.runsInProgress) runs are in progress") }
    let locations = try await client.locations()
    for location in locations {
      if location.state != .connected || location.detail != nil {
        return Violation(.rest, "\(location.name) is \(location.state.rawValue), \(location.detail ?? "without a word")")
      }
      if location.stepsInFlight != 0 { return Violation(.slots, "\(location.name) holds \(location.stepsInFlight) slots") }
      if !location.problems.isEmpty { return Violation(.rest, "\(location.name) has problems: \(location.problems)") }
    }
    return locations.count == Victim.locations.count ? nil : Violation(.rest, "\(locations.count) locations are known")
  }

  private func missingInStream() -> Violation? {
    for entry in ledger.acknowledged {
      if let run = entry.run, !listener.hasEnded(run) {
        return Violation(.journal, "the stream does not tell that run \(run) ended")
      }
    }
    return nil
  }

  private func missingInStorage() -> Violation? {
    let history = listener.history
    for place in catalogue.places {
      let shown = Shelf.current(in: place.folder(in: storage))
      let current = history.current(of: place)?.number
      if shown != current {
        return Violation(.current, "\(place) shows \(shown.words), and the journal promoted \(current.words)")
      }
    }
    for key in catalogue.keys {
      let unsettled = Shelf.unsettled(of: key, in: storage)
      if !unsettled.isEmpty { return Violation(.storage, "\(key) has unsettled versions: \(unsettled.sorted())") }
    }
    return nil
  }
}
