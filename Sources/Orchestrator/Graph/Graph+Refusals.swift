// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// What was refused, by name: whoever asks about one definition does not look through those of all locations.
struct RefusedNames: Hashable, Sendable {
  private struct Count: Hashable, Sendable {
    var definitions = 0
    var reasons = 0
  }

  private var reasons: [StepKey: String] = [:]
  /// The first location, in order, that may not define a name.
  private var locations: [String: LocationName] = [:]
  /// Of each location how many definitions were refused, and how many reasons are kept.
  private var counts: [LocationName: Count] = [:]

  /// Takes why one definition was refused, and gives what of it is kept.
  mutating func add(_ refusals: [Refusal]) -> [Refusal] {
    guard let first = refusals.first else { return [] }
    var count = counts[first.location] ?? Count()
    let kept = Array(refusals.prefix(GraphLimits.reasonsPerLocation - count.reasons))
    count.definitions += 1
    count.reasons += kept.count
    counts[first.location] = count
    let key = StepKey(location: first.location, name: first.definition)
    if reasons[key] == nil { reasons[key] = kept.first?.reason ?? Self.untold }
    locations[first.definition] = min(locations[first.definition] ?? first.location, first.location)
    return kept
  }

  /// Stands for the reasons that are not kept.
  private static let untold =
    "it was refused, for one of more than \(GraphLimits.reasonsPerLocation) reasons at its location (reasonsPerLocation)"

  subscript(key: StepKey) -> String? { reasons[key] }
  subscript(name: String) -> String? { locations[name].flatMap { reasons[StepKey(location: $0, name: name)] } }
  func count(of location: LocationName) -> Int { counts[location]?.definitions ?? 0 }
  var all: [LocationName: Int] { counts.mapValues(\.definitions) }
}

extension Graph {
  /// Why a definition of a location was refused; nil where none of that name was.
  public func refusal(of definition: String, at location: LocationName) -> String? {
    refused[StepKey(location: location, name: definition)]
  }

  /// Why a definition of whatever location was refused.
  public func refusal(of definition: String) -> String? { refused[definition] }

  /// How many definitions of a location were refused; ``refusals`` has the first of them.
  public func refusalCount(of location: LocationName) -> Int { refused.count(of: location) }

  /// The same of every location of which some were.
  package var refusedCounts: [LocationName: Int] { refused.all }
}
