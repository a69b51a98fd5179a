// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// How much each location has used of what it has anew with each hour, or day, of UTC; in running time, so that nobody has it twice.
struct PeriodUse: Sendable {
  private let seconds: Int64
  private var used: [LocationName: (period: Int64, amount: Int)] = [:]

  static var hourly: PeriodUse { PeriodUse(seconds: 3_600) }
  static var daily: PeriodUse { PeriodUse(seconds: 86_400) }

  private init(seconds: Int64) { self.seconds = seconds }

  func amount(of location: LocationName, at now: Timestamp) -> Int {
    used[location].flatMap { $0.period == now.seconds / seconds ? $0.amount : nil } ?? 0
  }

  /// Uses some, where that leaves a location within a limit.
  mutating func take(_ amount: Int, of location: LocationName, within limit: Int, at now: Timestamp) -> Bool {
    let before = self.amount(of: location, at: now)
    guard amount <= limit - before else { return false }
    used[location] = (now.seconds / seconds, before + amount)
    return true
  }
}
