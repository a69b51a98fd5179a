// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation

extension Auditor {
  /// Storage, the journal and the API's view of each asset partition are one.
  func auditStorage(_ history: History) async throws {
    for key in catalogue.keys {
      let unsettled = Shelf.unsettled(of: key, in: storage)
      expect(unsettled.isEmpty, .storage, "\(key) has unsettled versions at rest: \(unsettled.sorted())")
      let partitions = try await desk.client.partitions(of: key, limit: 100).items
      let known = Dictionary(partitions.map { ($0.partition, $0) }) { first, _ in first }
      for place in catalogue.places where place.asset == key {
        auditShelf(of: place, history)
        auditView(of: place, known[place.partition], history)
      }
    }
  }

  private func auditShelf(of place: Place, _ history: History) {
    let shelf = Shelf(of: place, in: storage)
    let ends = Dictionary((history.versions[place] ?? []).map { ($0.number, $0.end) }) { first, _ in first }
    let current = history.current(of: place)?.number
    expect(shelf.current == current, .current, "\(place) shows \(shelf.current.words), and the journal promoted \(current.words)")
    expect(shelf.staging.isEmpty, .storage, "\(place) has staging folders at rest: \(shelf.staging)")
    for (number, isMarked) in shelf.versions {
      expect(
        ends[number] == .promoted && isMarked, .storage,
        "\(place) v\(number) lies in its place, \(ends[number]?.rawValue ?? "unknown to the journal")\(isMarked ? "" : ", without its mark")"
      )
    }
    for number in shelf.rejected {
      expect(
        ends[number] == .rejected, .storage, "\(place) v\(number) lies among the rejected, \(ends[number]?.rawValue ?? "unknown")"
      )
    }
    for (number, end) in ends where end == .promoted {
      expect(shelf.versions[number] != nil, .storage, "\(place) v\(number) is promoted, and its folder is gone")
    }
  }

  private func auditView(of place: Place, _ view: PartitionSummary?, _ history: History) {
    let current = history.current(of: place)?.number
    let newest = history.newestSettled(of: place)
    expect(
      view?.current == current, .current, "the API shows \(place) at \((view?.current).words), the journal at \(current.words)")
    expect(
      view?.version == newest?.number, .current,
      "the API's newest of \(place) is \((view?.version).words), the journal's \((newest?.number).words)")
    if let newest {
      expect(
        view?.state.rawValue == newest.end.rawValue, .current,
        "the API has \(place) as \(view?.state.rawValue ?? "nothing"), not \(newest.end)")
    }
  }
}

extension UInt32? {
  var words: String { map { "v\($0)" } ?? "nothing" }
}
