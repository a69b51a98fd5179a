// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Synchronization

extension RunningClock {
  /// Goes on from a journal's last event. How long it was down only the wall clock can tell: nothing, where that was set back.
  package init(after state: State, wall: Timestamp, uptime: Duration) {
    self.init(ClockReading(wall: wall, running: state.running + max(.zero, wall - state.wall)), uptime: uptime)
  }
}

/// What an engine knows of time.
package struct EngineTime: Sendable {
  private var clock: RunningClock?
  /// This process' last reign.
  private var epoch: Epoch?
  /// The instant of the journal's last event.
  private var journal: Timestamp?
  private var isAhead = false

  package init() {}

  /// A reign goes on from a state. Where nobody else has led since this process did, it knows how much time has gone by.
  package mutating func begin(_ epoch: Epoch, after state: State, wall: Timestamp, uptime: Duration) {
    let isNext = self.epoch.map { $0 &+ 1 == epoch } ?? false
    if clock == nil || !isNext { clock = RunningClock(after: state, wall: wall, uptime: uptime) }
    self.epoch = epoch
    journal = state.now
  }

  mutating func note(_ instant: Timestamp) { journal = max(instant, journal ?? instant) }

  /// By how much the journal is ahead of the wall clock; nil where that is not worth a word.
  func ahead(of wall: Timestamp) -> Duration? {
    guard let journal, journal - wall > RunningClock.tolerance else { return nil }
    return journal - wall
  }

  /// - Returns: also what is new about the clocks.
  package mutating func read(wall: Timestamp, uptime: Duration) -> (reading: ClockReading, news: [UpkeepNotice]) {
    var known = clock ?? RunningClock(ClockReading(wall: wall, running: wall), uptime: uptime)
    let (reading, step) = known.read(wall: wall, uptime: uptime)
    clock = known
    var news: [UpkeepNotice] = step.map { [.clockSet(by: $0)] } ?? []
    let ahead = ahead(of: wall)
    if let ahead, !isAhead || step != nil { news.append(.journalAhead(by: ahead)) }
    if ahead == nil, isAhead { news.append(.journalLevel) }
    isAhead = ahead != nil
    return (reading, news)
  }
}

extension Engine {
  /// How often the clocks are looked at while nothing else is to be done: a wall clock that was set is noticed by then.
  public static let clockPeriod: Duration = .seconds(10)

  /// What the clocks read now; what is new about them is told.
  package func reading() -> ClockReading {
    let (reading, news) = time.withLock { $0.read(wall: clock.now, uptime: clock.uptime) }
    for notice in news { observer?.upkeep(notice) }
    return reading
  }

  /// By how much the journal's last event is ahead of the wall clock: it was written while that was ahead, or by a daemon whose clock is.
  /// Nil where it is not.
  public var journalAhead: Duration? { time.withLock { $0.ahead(of: clock.now) } }
}
