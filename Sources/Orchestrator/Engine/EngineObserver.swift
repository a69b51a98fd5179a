// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Hears what an engine makes durable, for metrics and logs.
///
/// It is called on the engine's loop, in order, unless said otherwise: implementations note what they need and return at once.
public protocol EngineObserver: Sendable {
  /// A reign began on this state.
  func reignBegan(_ reign: Reign, on state: State)

  /// A batch is durable.
  ///
  /// - Parameters:
  ///   - events: in the journal's order, the last at `position`.
  ///   - latency: how long the store took.
  ///   - waiting: how many callers wait for the next batch.
  func committed(_ events: [StampedEvent], through position: JournalPosition, latency: Duration, waiting: Int)

  /// Another process leads from now on.
  func following(_ leader: String)

  /// The store is away; nothing is dispatched until the next reign.
  func paused(_ reason: String)

  /// Something was done for the journal's upkeep, or could not be; called from beside the loop too.
  func upkeep(_ notice: UpkeepNotice)
}

/// An observer implements what it wants to hear.
extension EngineObserver {
  public func reignBegan(_ reign: Reign, on state: State) {}
  public func committed(_ events: [StampedEvent], through position: JournalPosition, latency: Duration, waiting: Int) {}
  public func following(_ leader: String) {}
  public func paused(_ reason: String) {}
  public func upkeep(_ notice: UpkeepNotice) {}
}

/// How busy a location is.
public struct LocationLoad: Hashable, Sendable {
  /// Steps whose gates are open and that wait for a slot.
  public let queued: Int
  /// Slots that attempts hold.
  public let slotsInUse: Int
  /// Slots that its session offers; 0 without one.
  public let slots: Int
}

extension Core {
  /// How busy each location is, those without work included.
  var loads: [LocationName: LocationLoad] {
    Dictionary(
      uniqueKeysWithValues: state.locations.map { name, location in
        (
          name,
          LocationLoad(
            queued: agenda.queueLength(at: name), slotsInUse: location.slotsInUse, slots: location.session?.slots ?? 0)
        )
      })
  }
}
