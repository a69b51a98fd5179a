// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite("Values of bounded size")
struct BoundedValueTests {
  @Test func `a table of empty columns and rows does not grow beyond its cells`() {
    let table = MetadataTable(columns: Array(repeating: "", count: 30_000), rows: Array(repeating: [], count: 30_000))
    #expect(table.columns.count * (table.rows.count + 1) <= Limits.tableCells)
    let wide = MetadataTable(columns: ["a", "b"], rows: Array(repeating: ["1"], count: 100_000))
    #expect(wide.columns.count * (wide.rows.count + 1) <= Limits.tableCells)
    #expect(wide.rows.allSatisfy { $0 == ["1", ""] })
    #expect(MetadataTable(columns: [], rows: [["x"]]).rows.isEmpty)
  }

  @Test func `a selection has a bounded number of clauses, and one that is said twice counts once`() throws {
    #expect(try Selection("*,*, *").clauses.count == 1)
    let many = Array(repeating: "*", count: Limits.selectionClauses + 1).joined(separator: ",")
    let error = #expect(throws: ModelError.self) { try Selection(many) }
    #expect(try #require(error).message.contains("selectionClauses"))
    let long = #expect(throws: ModelError.self) { try Selection(String(repeating: "a", count: Limits.selectionLength + 1)) }
    #expect(try #require(long).message.contains("selectionLength"))
  }

  @Test func `a tick that comes every four years is found, also where its century has none`() throws {
    let cron = try CronExpression("0 0 29 2 *")
    func next(_ year: Int) -> Timestamp {
      cron.next(after: Zone.utc.startOfDay(CivilDate(year: year, month: 3, day: 1)!), in: .utc)
    }
    #expect(next(2026) == Zone.utc.startOfDay(CivilDate(year: 2028, month: 2, day: 29)!))
    #expect(next(2096) == Zone.utc.startOfDay(CivilDate(year: 2104, month: 2, day: 29)!))
    let long = #expect(throws: ModelError.self) { try CronExpression(String(repeating: "*/1,", count: 1_000) + " * * * *") }
    #expect(try #require(long).message.contains("cronLength"))
  }

  @Test func `a rare tick in December and January is found over the turn of the year`() throws {
    let cron = try CronExpression("30 6 1 1,12 *")
    let start = Zone.utc.startOfDay(CivilDate(year: 2026, month: 12, day: 2)!)
    #expect(cron.next(after: start, in: .utc) == Timestamp(seconds: 1_798_785_000))  // 2027-01-01T06:30:00Z
  }
}
