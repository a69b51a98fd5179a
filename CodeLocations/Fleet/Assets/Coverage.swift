// SPDX-License-Identifier: Apache-2.0

/// How far the register knows the aircraft that flew on one day.
public struct Coverage: Codable, Sendable {
  public let departures: Int
  /// Departures by aircraft that the register knows.
  public let known: Int
  /// The other aircraft's tail numbers, sorted.
  public let unknownTails: [String]

  /// - Parameter tails: one a departure; nil where the record has none.
  init(of tails: [String?], in register: Set<String>) {
    let unknown = tails.filter { tail in tail.map { !register.contains($0) } ?? true }
    departures = tails.count
    known = tails.count - unknown.count
    unknownTails = Set(unknown.compactMap { $0 }).sorted()
  }
}
