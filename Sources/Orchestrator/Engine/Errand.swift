// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Effects, and what the history is asked for so that orders can be made of them: where versions lie, and what was decided about those
/// that the state has forgotten.
struct Errand: Sendable {
  private(set) var effects: [Effect] = []
  /// How many versions they are about.
  private(set) var count = 0
  /// Which of these the history is asked for.
  private(set) var missing: [VersionRef] = []
  /// Whether it is asked for all of them: they are too many to look at on the loop.
  private var asksForAll = false
  private(set) var locators: [VersionRef: Locator] = [:]
  private(set) var decisions: [VersionRef: VersionRecord.Decision] = [:]
  /// The inputs of its grant, where that is the only effect.
  private(set) var inputs: Result<[GrantedInput], MissingLocator>?
  /// Whether the locators of its one grant take more than a grant may: not all of them were read.
  private(set) var isTooLarge = false

  /// Adds an effect of which some versions are not known.
  mutating func add(_ effect: Effect, missing: [VersionRef]) {
    effects.append(effect)
    count += effect.versionCount
    self.missing += missing
  }

  /// Adds an effect with what is known of its versions; nil where nobody has looked.
  mutating func add(_ effect: Effect, _ known: [VersionRef: Locator]?) {
    effects.append(effect)
    count += effect.versionCount
    guard let known else {
      asksForAll = true
      return
    }
    locators.merge(known) { first, _ in first }
    missing += effect.versions.filter { known[$0] == nil }
  }

  /// Asks the history, for a little at once, so that others' questions come in between.
  mutating func fetch(from history: any History) async throws {
    try await fetch(from: history, within: .max)
  }

  /// The same beside the loop, where a grant's inputs are put together, too.
  mutating func run(on history: any History, in incarnation: Incarnation, _ policy: CorePolicy) async throws {
    guard effects.count == 1, case .grant(let record, _) = effects[0] else { return try await fetch(from: history, within: .max) }
    try await fetch(from: history, within: policy.inputBytesPerGrant - record.inputs.leastBytes(upTo: policy.inputBytesPerGrant))
    guard !isTooLarge, record.kind == .materialize else { return }
    let known = locators
    inputs = record.grantedInputs({ known[$0] }, in: incarnation)
  }

  private mutating func fetch(from history: any History, within bytes: Int) async throws {
    var rest = (asksForAll ? effects.flatMap(\.versions) : missing)[...]
    var left = bytes
    while !rest.isEmpty {
      for place in try await history.places(of: Array(rest.prefix(HistoryLimits.placesAtOnce))) {
        left -= place.locator?.textBytes ?? 0
        locators[place.version] = place.locator
        decisions[place.version] = place.decision
      }
      guard left >= 0 else {
        isTooLarge = true
        return
      }
      rest = rest.dropFirst(HistoryLimits.placesAtOnce)
    }
  }
}

/// A version that a step reads, and of which the store has no locator.
struct MissingLocator: Error {
  let version: VersionRef
}

extension Effect {
  var location: LocationName {
    switch self {
    case .grant(let record, _): record.location
    case .cancel(let location, _, _), .settle(let location, _, _), .settleFromHistory(let location, _): location
    }
  }

  /// Whether the history is asked, whatever is known.
  var asksHistory: Bool { if case .settleFromHistory = self { true } else { false } }

  /// The versions whose locators an order of it carries.
  var versions: [VersionRef] {
    switch self {
    case .grant(let record, _):
      let read = record.inputs.flatMap { input in
        input.versions.map { VersionRef(AssetPartition(input.asset, $0.partition), $0.number) }
      }
      let checked = record.kind == .checksOnly ? record.outputs : []
      return read + checked.map { VersionRef(AssetPartition($0.asset, record.partition), $0.number) }
    case .settle(_, let version, let decision): return decision == .discard ? [] : [version]
    case .settleFromHistory(_, let versions):
      return versions.map { VersionRef(AssetPartition($0.asset, $0.partition), $0.number) }
    case .cancel: return []
    }
  }

  /// How many these are at most, without listing them.
  var versionCount: Int {
    switch self {
    case .grant(let record, _):
      record.inputs.reduce(record.kind == .checksOnly ? record.outputs.count : 0) { $0 + $1.versions.count }
    case .settle: 1
    case .settleFromHistory(_, let versions): versions.count
    case .cancel: 0
    }
  }
}

extension GrantRecord {
  var stepAttempt: StepAttempt { StepAttempt(step: step, number: attempt) }

  /// The versions that the attempt may make.
  var versionsToMake: [VersionRef] {
    kind == .materialize ? outputs.map { VersionRef(AssetPartition($0.asset, partition), $0.number) } : []
  }

  /// The inputs with their locators.
  func grantedInputs(_ locator: (VersionRef) -> Locator?, in incarnation: Incarnation) -> Result<[GrantedInput], MissingLocator> {
    Result { () throws(MissingLocator) in
      var result: [GrantedInput] = []
      for input in inputs {
        var versions: [PinnedVersion] = []
        for bound in input.versions {
          let version = VersionRef(AssetPartition(input.asset, bound.partition), bound.number)
          guard let found = locator(version) else { throw MissingLocator(version: version) }
          versions.append(PinnedVersion(version: version.identified(in: incarnation), locator: found))
        }
        result.append(GrantedInput(asset: input.asset, versions: versions))
      }
      return result
    }
  }
}

extension VersionRef {
  func identified(in incarnation: Incarnation) -> VersionID {
    VersionID(incarnation: incarnation, asset: of.asset, partition: of.partition, number: number)
  }
}

extension Locator {
  /// What its text takes.
  fileprivate var textBytes: Int { scheme.utf8.count + uri.utf8.count + format.utf8.count + (contentHash?.utf8.count ?? 0) }
}
