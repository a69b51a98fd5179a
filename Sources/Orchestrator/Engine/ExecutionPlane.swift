// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Where steps run: sessions to servers, or runners in this process.
///
/// The engine calls it with orders whose events are durable, in order for each location. Implementations hand off and return
/// at once. What they hear they submit as commands: a session that opened or closed, reports, settlements.
public protocol ExecutionPlane: Sendable {
  /// A reign began: sessions of an earlier one end, and each location's session opens anew under this epoch.
  func reignBegan(_ reign: Reign)

  /// Another process leads now: every session ends, and none opens until the next reign.
  func reignEnded()

  /// Carries out orders; one for a location without a session is dropped, since the next session repeats it.
  func deliver(_ orders: [Order])
}

/// One start of an engine on a store.
public struct Reign: Hashable, Sendable {
  public let incarnation: Incarnation
  public let epoch: Epoch

  public init(incarnation: Incarnation, epoch: Epoch) {
    self.incarnation = incarnation
    self.epoch = epoch
  }
}

/// An effect made ready for its location, locators joined.
public enum Order: Hashable, Sendable {
  case grant(LocationName, Grant)
  case cancel(LocationName, AttemptID)
  case settle(LocationName, Settlement)

  public var location: LocationName {
    switch self {
    case .grant(let location, _), .cancel(let location, _), .settle(let location, _): location
    }
  }
}
