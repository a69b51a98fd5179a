// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A consumer that never sleeps: looks at every `current` on disk, and reads what it shows.
final class Watcher: Sendable {
  struct Sighting: Sendable {
    let place: Place
    let number: UInt32
    let at: Date
  }

  private struct State {
    var shown: [Place: UInt32] = [:]
    var sightings: [Sighting] = []
    var violations: [Violation] = []
    var isOver = false
  }

  private let state = Mutex(State())
  private let storage: URL
  private let places: [(place: Place, folder: URL)]

  init(places: [Place], storage: URL) {
    self.storage = storage
    self.places = places.map { ($0, $0.folder(in: storage)) }
  }

  func start() {
    let thread = Thread { [self] in
      while !state.withLock({ $0.isOver }) {
        for (place, folder) in places { look(at: place, folder) }
        Thread.sleep(forTimeInterval: CrashLimits.watch.seconds)
      }
    }
    thread.name = "watcher"
    thread.start()
  }

  func stop() { state.withLock { $0.isOver = true } }

  /// What was seen since the last time this was asked.
  func takeSightings() -> [Sighting] {
    state.withLock { state in
      defer { state.sightings = [] }
      return state.sightings
    }
  }

  func takeViolations() -> [Violation] {
    state.withLock { state in
      defer { state.violations = [] }
      return state.violations
    }
  }

  private func look(at place: Place, _ folder: URL) {
    guard let number = Shelf.current(in: folder) else {
      if let shown = state.withLock({ $0.shown[place] }) {
        note(Violation(.current, "\(place) showed v\(shown), and nothing after it"))
      }
      return
    }
    let seen = Date()
    let shown = state.withLock { $0.shown[place] }
    guard shown != number else { return }
    state.withLock { state in
      state.shown[place] = number
      state.sightings.append(Sighting(place: place, number: number, at: seen))
    }
    if let shown, number < shown { note(Violation(.current, "\(place) went back from v\(shown) to v\(number)")) }
    do {
      let stamp = try Stamp.read(number, of: place, in: storage)
      guard stamp.asset == place.asset, stamp.partition == place.partition else {
        return note(Violation(.content, "\(place) v\(number) holds \(stamp.asset)[\(stamp.partition)]"))
      }
    } catch {
      note(Violation(.current, "\(place) shows v\(number), which cannot be read: \(error)"))
    }
  }

  private func note(_ violation: Violation) { state.withLock { $0.violations.append(violation) } }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
