// SPDX-License-Identifier: Apache-2.0

/// Something that a client does.
enum Action: Sendable, CustomStringConvertible {
  case launch(Order)
  /// Launches under a key that was used before.
  case again(Order)
  case launchMany([Order])
  case cancel(key: String, run: UInt64)

  var description: String {
    switch self {
    case .launch(let order): "launch \(order)"
    case .again(let order): "launch again \(order)"
    case .launchMany(let orders): "launch together \(orders.map(\.description).joined(separator: "; "))"
    case .cancel(let key, let run): "cancel run \(run) (\(key))"
    }
  }
}

extension Order: CustomStringConvertible {
  var description: String { "\(key): \(assets.joined(separator: ",")) [\(partitions.joined(separator: ","))]" }
}
