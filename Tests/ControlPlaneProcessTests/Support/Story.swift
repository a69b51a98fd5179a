// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Testing

/// What the journal tells of one run, to be held against what its steps did.
struct Story {
  private struct Step: Hashable {
    let ordinal: Int
  }

  private var promoted: [Step: Int] = [:]
  private var ends: [Step: [String]] = [:]
  private var runEnds: [String] = []

  init(of run: UInt64, in events: [LiveEvent]) {
    for event in events where event.run == run {
      if event.kind == .runEnded { runEnds.append(event.state ?? "") }
      guard let ordinal = event.step else { continue }
      switch event.kind {
      case .versionPromoted: promoted[Step(ordinal: ordinal), default: 0] += 1
      case .stepEnded: ends[Step(ordinal: ordinal), default: []].append(event.state ?? "")
      default: break
      }
    }
  }

  /// Every step of the run of `fixture/held` and `fixture/after` ended once, committed once, and was carried out once.
  func check(_ site: Site, sourceLocation: SourceLocation = #_sourceLocation) {
    let steps = 2 * Site.partitions
    #expect(runEnds == ["succeeded"], sourceLocation: sourceLocation)
    #expect(ends.count == steps && ends.values.allSatisfy { $0 == ["succeeded"] }, sourceLocation: sourceLocation)
    #expect(promoted.count == steps && promoted.values.allSatisfy { $0 == 1 }, sourceLocation: sourceLocation)
    for what in ["begin", "end"] {
      let notes = site.notes(what)
      #expect(notes.count == steps && Set(notes).count == steps, "\(what): \(notes)", sourceLocation: sourceLocation)
    }
  }
}
