// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import OrderedCollections

/// The numbers of texts and asset partitions, remembered so that most batches are written without a look-up.
///
/// Numbers are given here, not by the server: only one writes, and where another has written since, the fence refuses the batch.
/// Numbers given to a batch that failed must be forgotten: the owner throws the whole value away.
struct Dictionaries: Sendable {
  private var terms: [String: Int64] = [:]
  private var targets: [AssetPartition: Int64] = [:]
  private var lastTerm: Int64
  private var lastTarget: Int64
  /// What the batch at hand adds.
  private(set) var newTerms: OrderedDictionary<String, Int64> = [:]
  private(set) var newTargets: OrderedDictionary<AssetPartition, Int64> = [:]

  /// How many entries each table remembers before it starts over.
  static let remembered = 200_000

  init(from connection: Connection) async throws {
    let rows = try await connection.run(
      "SELECT (SELECT max(id) FROM sluice_term), (SELECT max(id) FROM sluice_target)")
    lastTerm = rows.first?.optionalInt(0) ?? 0
    lastTarget = rows.first?.optionalInt(1) ?? 0
  }

  /// Finds or gives the numbers of everything that a batch names; in one round trip, or none where all are remembered.
  mutating func learn(_ words: Vocabulary, on connection: Connection) async throws {
    (newTerms, newTargets) = ([:], [:])
    if terms.count >= Self.remembered { terms = [:] }
    if targets.count >= Self.remembered { targets = [:] }
    let unknownTargets = Array(words.targets.filter { targets[$0] == nil })
    var texts = OrderedSet(words.texts.filter { terms[$0] == nil })
    for target in unknownTargets {
      for text in [target.asset.description, target.partition.description] where terms[text] == nil { texts.append(text) }
    }
    guard !texts.isEmpty || !unknownTargets.isEmpty else { return }
    try await lookUp(Array(texts), unknownTargets, on: connection)
    for text in texts where terms[text] == nil { add(text) }
    for target in unknownTargets where targets[target] == nil { add(target) }
  }

  /// The number of a text that was learnt.
  func term(_ text: String) throws(JournalError) -> Int64 {
    guard let id = terms[text] else { throw Self.unlearnt(text) }
    return id
  }

  func term(_ value: some CustomStringConvertible) throws(JournalError) -> Int64 { try term(value.description) }

  /// The number of an asset partition that was learnt.
  func target(_ target: AssetPartition) throws(JournalError) -> Int64 {
    guard let id = targets[target] else { throw Self.unlearnt(target.description) }
    return id
  }

  func row(_ version: VersionRef) throws(JournalError) -> Int64 {
    RowNumber.of(target: try target(version.of), number: version.number)
  }

  private static func unlearnt(_ what: String) -> JournalError {
    JournalError(.unavailable, "a batch names '\(what)', which has no number: this is an error of Sluice")
  }

  private mutating func add(_ text: String) {
    lastTerm += 1
    terms[text] = lastTerm
    newTerms[text] = lastTerm
  }

  private mutating func add(_ target: AssetPartition) {
    lastTarget += 1
    targets[target] = lastTarget
    newTargets[target] = lastTarget
  }

  private mutating func lookUp(
    _ texts: [String], _ unknown: [AssetPartition], on connection: Connection
  ) async throws {
    let answers = try await connection.run([
      Statement(
        """
        SELECT wanted.place, term.id FROM unnest($1::text[]) WITH ORDINALITY AS wanted (text, place)
        JOIN sluice_term AS term ON term.text = wanted.text
        """, [.texts(texts)]),
      Statement(
        """
        SELECT wanted.place, target.id FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (asset, partition, place)
        JOIN sluice_term AS a ON a.text = wanted.asset JOIN sluice_term AS p ON p.text = wanted.partition
        JOIN sluice_target AS target ON target.asset = a.id AND target.partition = p.id
        """, [.texts(unknown.map(\.asset.description)), .texts(unknown.map(\.partition.description))]),
    ])
    for row in answers[0] { terms[texts[Int(try row.int(0)) - 1]] = try row.int(1) }
    for row in answers[1] { targets[unknown[Int(try row.int(0)) - 1]] = try row.int(1) }
  }
}

/// What a batch names: every text and asset partition that its rows refer to.
struct Vocabulary {
  private(set) var texts: OrderedSet<String> = []
  private(set) var targets: OrderedSet<AssetPartition> = []

  init(of delta: ProjectionDelta) {
    for launch in delta.launched {
      if case .schedule(let id, _) = launch.plan.origin { add(id) }
    }
    for change in delta.steps.values {
      for version in change.granted?.versions ?? [] { targets.append(version.of) }
    }
    for (version, change) in delta.versions {
      targets.append(version.of)
      if let digest = change.decision?.manifest { texts.append(digest.description) }
    }
    targets.append(contentsOf: delta.latestSteps.keys)
    for row in delta.evaluations {
      targets.append(row.record.version.of)
      texts.append(row.record.evaluation.check.name)
      if let version = row.record.evaluation.check.version { texts.append(version) }
    }
    for row in delta.ticks { add(row.record.schedule) }
  }

  private mutating func add(_ schedule: ScheduleID) {
    texts.append(schedule.location.description)
    texts.append(schedule.name)
  }
}
