// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Which way bytes go through a proxy.
enum Direction: String, CaseIterable, Sendable {
  case toLocation, toDaemon
}

/// What a network does to the connections that pass through a proxy, and to new ones, while it lasts.
enum Fault: Hashable, Sendable, CustomStringConvertible {
  /// Everything arrives so much later, in order.
  case delay(TimeAmount)
  /// A few bytes at a time arrive.
  case trickle(bytes: Int, every: TimeAmount)
  /// A black hole: nothing arrives any more in these directions, ends of connections included, and nobody is told. New
  /// connections are accepted. What was held back arrives when it ends.
  case silence(Set<Direction>)
  /// Connections are reset (RST), new ones as soon as they are made.
  case reset
  /// Connections end (FIN), new ones as soon as they are made.
  case finish
  /// What passes in one direction ends (FIN), while the other goes on; only for the connections that are open.
  case halfClose(Direction)

  static let blackHole = Fault.silence([.toLocation, .toDaemon])

  var description: String {
    switch self {
    case .delay(let time): "delay of \(time.nanoseconds / 1_000_000) ms"
    case .trickle(let bytes, let time): "trickle of \(bytes) bytes in \(time.nanoseconds / 1_000_000) ms"
    case .silence(let directions): "silence \(directions.map(\.rawValue).sorted().joined(separator: " and "))"
    case .reset: "reset"
    case .finish: "finish"
    case .halfClose(let direction): "end \(direction.rawValue)"
    }
  }

  /// Whether it ends the connections that are open.
  var cuts: Bool {
    switch self {
    case .reset, .finish, .halfClose: true
    case .delay, .trickle, .silence: false
    }
  }
}
