// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Auditor {
  func auditVersions(_ history: History) {
    let entries = ledger.byRun
    for (place, versions) in history.versions.sorted(by: { $0.key < $1.key }) {
      let start = auditedVersions[place] ?? 0
      auditOrder(of: versions, at: place)
      for version in versions[start...] {
        auditCancellation(version, at: place, entries[version.step.run])
        auditContent(version, at: place, history, entries[version.step.run])
      }
      auditedVersions[place] = versions.count
    }
    auditCommits(history)
  }

  /// Each number ends once, and the settled ones grow.
  private func auditOrder(of versions: [History.Version], at place: Place) {
    var ended: Set<UInt32> = []
    var newest: UInt32 = 0
    for version in versions {
      expect(ended.insert(version.number).inserted, .once, "\(place) v\(version.number) ended twice")
      guard version.end != .discarded else { continue }
      expect(version.number > newest, .growing, "\(place) v\(version.number) was settled after v\(newest)")
      newest = version.number
    }
  }

  /// A step settles one version of each of its assets, at most.
  private func auditCommits(_ history: History) {
    var committed: [StepKey: [Place]] = [:]
    for (place, versions) in history.versions {
      for version in versions where version.end != .discarded { committed[version.step, default: []].append(place) }
    }
    for (step, places) in committed {
      expect(Set(places).count == places.count, .once, "step \(step) committed \(places.sorted())")
      let names = Set(places.compactMap { catalogue.definitions[$0.asset]?.step })
      expect(names.count == 1, .once, "step \(step) committed assets of several steps: \(places.sorted())")
      let siblings = catalogue.definitions.values.filter { names.contains($0.step) }
      expect(siblings.count == places.count, .once, "step \(step) committed a part only: \(places.sorted())")
    }
  }

  private func auditCancellation(_ version: History.Version, at place: Place, _ entry: Ledger.Entry?) {
    guard version.end == .promoted, let cancelled = entry?.cancelled else { return }
    expect(
      version.at.date <= cancelled.addingTimeInterval(CrashLimits.clockTolerance), .cancelled,
      "\(place) v\(version.number) of run \(version.step.run) was promoted at \(version.at), its cancellation acknowledged at \(cancelled)"
    )
  }

  private func auditContent(_ version: History.Version, at place: Place, _ history: History, _ entry: Ledger.Entry?) {
    guard version.end != .discarded else { return }
    let name = "\(place) v\(version.number)"
    // Storage keeps few rejected versions, so one that is not there is no news.
    guard let stamp = try? Stamp.read(version.number, of: place, in: storage, rejected: version.end == .rejected) else {
      return expect(version.end == .rejected, .storage, "\(name) is promoted and cannot be read")
    }
    guard let maker = stamp.maker else { return expect(false, .content, "\(name) was made by '\(stamp.attempt)'") }
    expect(
      stamp.asset == place.asset && stamp.partition == place.partition && maker.step == version.step, .content,
      "\(name) of step \(version.step) holds what \(stamp.attempt) made of \(stamp.asset)[\(stamp.partition)]")
    let isBad = Catalogue.isBad(run: maker.step.run, ordinal: maker.step.ordinal, attempt: maker.attempt)
    expect(stamp.isBad == isBad, .content, "\(name) says isBad \(stamp.isBad), and its attempt \(stamp.attempt) says \(isBad)")
    let isCondemned = isBad && catalogue.definitions[place.asset]?.mayBeBad == true
    expect(
      (version.end == .rejected) == isCondemned, .verdict,
      "\(name) of \(stamp.attempt) is \(version.end.rawValue), and \(isCondemned ? "must not be" : "its checks passed")")
    auditInputs(of: stamp, version, name: name, history, entry)
  }

  // MARK: What it read

  private func auditInputs(
    of stamp: Stamp, _ version: History.Version, name: String, _ history: History, _ entry: Ledger.Entry?
  ) {
    guard let reads = catalogue.definitions[stamp.asset]?.reads else { return }
    expect(
      stamp.read.count == stamp.inputs.count, .content,
      "\(name) was granted \(stamp.inputs.count) inputs and read \(stamp.read.count)")
    for (input, read) in zip(stamp.inputs, stamp.read) {
      guard let reading = reads.first(where: { $0.key == input.asset }) else {
        expect(false, .gate, "\(name) read \(input.place), which it does not depend on")
        continue
      }
      let what = "\(name) read \(input.place) v\(input.number)"
      let held = try? Stamp.read(input.number, of: input.place, in: storage)
      expect(held?.attempt == read, .content, "\(what) and found \(read) in it, which now holds \(held?.attempt ?? "nothing")")
      guard let source = history.versions[input.place]?.last(where: { $0.number == input.number && $0.end == .promoted }) else {
        expect(false, .gate, "\(what), which was not promoted")
        continue
      }
      expect(
        isBound(input, to: source, reading, version, history, entry), .gate,
        "\(what) of run \(source.step.run), which its run was not bound to")
    }
  }

  /// Whether a run may be bound to a version (semantics 8): its own where it makes one, or the newest at one of its grants.
  private func isBound(
    _ input: Stamp.Input, to source: History.Version, _ reading: Catalogue.Reading, _ version: History.Version,
    _ history: History, _ entry: Ledger.Entry?
  ) -> Bool {
    let run = version.step.run
    let isOwn = source.step.run == run && source.position < version.position
    if isOwn { return true }
    // With `.lastKnownGood` an older one is read where the run's own came to nothing.
    if let entry, entry.order.makes(input.place, catalogue), !reading.isLastKnownGood { return false }
    return (history.grants[run] ?? []).contains { grant in
      grant < version.position
        && history.newestSettled(of: input.place, before: grant, promotedOnly: reading.isLastKnownGood)?.number == input.number
    }
  }

  // MARK: What was seen

  /// What a consumer saw on disk was promoted by then, and is promoted still.
  func auditSightings(_ sightings: [Watcher.Sighting], _ history: History) {
    for sighting in sightings {
      let what = "\(sighting.place) showed v\(sighting.number) at \(sighting.at)"
      let version = history.versions[sighting.place]?.last { $0.number == sighting.number }
      guard let version, version.end == .promoted else {
        expect(false, .current, "\(what), which is \(version?.end.rawValue ?? "unknown to the journal")")
        continue
      }
      expect(
        version.at.date <= sighting.at.addingTimeInterval(CrashLimits.clockTolerance), .current,
        "\(what), which was promoted at \(version.at)")
    }
  }
}

extension Order {
  /// Whether a run of this launch makes an asset partition; a step that yields several assets makes all of them.
  func makes(_ place: Place, _ catalogue: Catalogue) -> Bool {
    guard let wanted = catalogue.definitions[place.asset] else { return false }
    let steps = assets.compactMap { catalogue.definitions[$0]?.step }
    return steps.contains(wanted.step) && (place.partition.isEmpty || partitions.contains(place.partition))
  }
}
