// SPDX-License-Identifier: Apache-2.0

package import AssetModel

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
  /// Steps of unfinished runs that have not ended and have no attempt, whatever they wait for; those in ``queued`` among them.
  public let waiting: Int
  /// Slots that attempts hold.
  public let slotsInUse: Int
  /// Slots that its session offers; 0 without one.
  public let slots: Int
  /// Steps of unfinished runs that have not ended, and how many there may be.
  public let stepsInProgress: Share
  /// Bytes of log lines that are kept of today, UTC, and how many may be.
  public let logBytesToday: Share
  /// Bytes of metadata and messages that are kept of today, UTC, and how many may be.
  public let detailBytesToday: Share
  /// Versions whose decision its storage has not carried out, and with how many its steps wait.
  public let unsettled: Share
  /// Whether its steps wait, since it has caused more than its share of the engine's work.
  public let isResting: Bool

  /// What is used of what a location may use.
  public struct Share: Hashable, Sendable {
    public let used: Int
    public let limit: Int

    public init(used: Int, limit: Int) {
      self.used = used
      self.limit = limit
    }
  }
}

extension Core {
  /// How busy each location is, those without work included.
  package var loads: [LocationName: LocationLoad] {
    Dictionary(
      uniqueKeysWithValues: state.locations.map { name, location in
        (
          name,
          LocationLoad(
            queued: agenda.queueLength(at: name), waiting: max(0, (state.stepsInProgress[name] ?? 0) - location.inFlight),
            slotsInUse: location.slotsInUse, slots: location.session?.slots ?? 0,
            stepsInProgress: LocationLoad.Share(
              used: state.stepsInProgress[name] ?? 0,
              limit: location.definition?.quotas?.stepsInProgress ?? policy.stepsInProgressPerLocation),
            logBytesToday: LocationLoad.Share(
              used: logs.bytes(of: name, at: running), limit: LogShare(policy, location.definition?.quotas).day),
            detailBytesToday: LocationLoad.Share(
              used: details.bytes(of: name, at: running), limit: DetailShare(policy, location.definition?.quotas).day),
            unsettled: LocationLoad.Share(used: location.unsettled.count, limit: policy.unsettledPerLocation),
            isResting: agenda.isResting(name))
        )
      })
  }
}
