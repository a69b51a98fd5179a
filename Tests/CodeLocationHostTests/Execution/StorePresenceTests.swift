// SPDX-License-Identifier: Apache-2.0

import AssetModel
import CodeLocationHost
import Testing

@Suite struct StorePresenceTests {
  private static let (own, other) = (Incarnation(1), Incarnation(2))
  private static let grace: Duration = .seconds(10)
  private static let start = ContinuousClock.now

  enum Event: CaseIterable { case openedByOwn, openedByOther, closedByOwn, closedByOther, graceOver }
  enum Holding: CaseIterable { case free, held, leaving }

  /// The table of ``StorePresence``: where each event leads from each state. Another store comes in where it is free, and is refused elsewhere.
  private static let table: [Holding: [Event: Holding]] = [
    .free: [.openedByOwn: .held, .closedByOwn: .free, .closedByOther: .free, .graceOver: .free],
    .held: [.openedByOwn: .held, .closedByOwn: .leaving, .closedByOther: .held, .graceOver: .held],
    .leaving: [.openedByOwn: .held, .closedByOwn: .leaving, .closedByOther: .leaving, .graceOver: .free],
  ]

  private func presence(_ holding: Holding) -> StorePresence {
    var presence = StorePresence(grace: Self.grace)
    if holding != .free { presence.opened(Self.own, at: Self.start) }
    if holding == .leaving { presence.closed(Self.own, at: Self.start) }
    return presence
  }

  /// What a store's own and another one's control plane meet.
  private func holding(_ presence: StorePresence, at now: ContinuousClock.Instant) -> Holding {
    guard let holder = presence.holder(against: Self.other, at: now) else { return .free }
    return holder.closed == nil ? .held : .leaving
  }

  @Test(arguments: Holding.allCases, Event.allCases)
  func `each event leads where the table says`(from: Holding, event: Event) {
    var presence = presence(from)
    var now = Self.start
    switch event {
    case .openedByOwn: presence.opened(Self.own, at: now)
    case .openedByOther:
      let isRefused = presence.holder(against: Self.other, at: now) != nil
      #expect(isRefused == (from != .free))
      return
    case .closedByOwn: presence.closed(Self.own, at: now)
    case .closedByOther: presence.closed(Self.other, at: now)
    case .graceOver: now += Self.grace
    }
    #expect(holding(presence, at: now) == Self.table[from]?[event])
  }

  @Test func `who comes back within the grace holds it since the first time`() {
    var presence = presence(.leaving)
    presence.opened(Self.own, at: Self.start + .seconds(9))
    #expect(presence.holder(against: Self.other, at: Self.start + .seconds(99))?.since == Self.start)
    presence.closed(Self.own, at: Self.start + .seconds(100))
    presence.opened(Self.own, at: Self.start + .seconds(111))
    #expect(presence.holder(against: Self.other, at: Self.start + .seconds(112))?.since == Self.start + .seconds(111))
  }
}
