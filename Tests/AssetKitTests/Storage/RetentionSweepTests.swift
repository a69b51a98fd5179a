// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import Testing

@Suite struct `Which promoted versions are dropped` {
  /// Folders with the second at which each was promoted, nil where it was not; what it was asked.
  private final class Folders {
    var promoted: [String: Double] = [:]
    var asked: [String] = []

    init(_ times: [Double?]) { add("8f3a12bc", times) }

    func add(_ incarnation: String, _ times: [Double?]) {
      for (index, time) in times.enumerated() { promoted[Self.name(1 + index, incarnation)] = time ?? -1 }
    }

    static func name(_ number: Int, _ incarnation: String = "8f3a12bc") -> String {
      let digits = String(number)
      return "v" + String(repeating: "0", count: 6 - digits.count) + digits + "-" + incarnation
    }

    func dropped(keeping: Int, shown: String? = nil, replacedBefore limit: Double, staged: (String) -> Int64? = { _ in nil })
      -> [String]
    {
      RetentionSweep(
        of: Array(promoted.keys) + ["current", "rejected", "staging-v000009-8f3a12bc"], shown: shown, keeping: keeping,
        staged: staged
      )
      .dropped(replacedBefore: limit) { name in
        asked.append(name)
        return promoted[name].flatMap { $0 < 0 ? nil : $0 }
      }
    }
  }

  @Test func `keeps the newest, and what was replaced within the grace`() {
    let folders = Folders([1, 2, 3, 4, 5, 6])
    #expect(folders.dropped(keeping: 2, replacedBefore: 3) == [1, 2].map { Folders.name($0) })
    #expect(folders.dropped(keeping: 1, replacedBefore: 100) == (1...5).map { Folders.name($0) })
    #expect(folders.dropped(keeping: 9, replacedBefore: 100) == [])
    #expect(folders.dropped(keeping: 5, replacedBefore: 1) == [])
    #expect(folders.dropped(keeping: 5, replacedBefore: 2) == [Folders.name(1)])
  }

  @Test func `passes over what was never promoted, and keeps what is shown`() {
    let folders = Folders([1, nil, 3, nil, 5, nil])
    #expect(folders.dropped(keeping: 1, replacedBefore: 100) == [1, 3].map { Folders.name($0) })
    #expect(folders.dropped(keeping: 1, shown: Folders.name(1), replacedBefore: 100) == [Folders.name(3)])
    #expect(Folders([nil, nil]).dropped(keeping: 1, replacedBefore: 100) == [])
    #expect(Folders([]).dropped(keeping: 1, replacedBefore: 100) == [])
  }

  @Test func `takes the incarnation that was staged later for the newer one, whatever the numbers`() {
    let folders = Folders([1, 2, 3])
    folders.add("00000001", [8, 9])
    let staged: (String) -> Int64? = { $0.hasSuffix("00000001") ? 20 : 10 }
    #expect(folders.dropped(keeping: 2, replacedBefore: 100, staged: staged) == (1...3).map { Folders.name($0) })
    #expect(folders.dropped(keeping: 1, replacedBefore: 8, staged: staged) == (1...3).map { Folders.name($0) })
  }

  @Test func `asks about what it drops and what must stay, and not about all that are kept for their grace`() {
    let folders = Folders((0..<4_000).map { Double($0) })
    var records = 0
    let dropped = folders.dropped(keeping: 5, replacedBefore: 10) { (_: String) -> Int64? in
      records += 1
      return nil
    }
    #expect(dropped == (1...10).map { Folders.name($0) })
    #expect(folders.asked.count == 5 + 10 + 2)
    #expect(records == 0)
  }
}
