// SPDX-License-Identifier: Apache-2.0

import Foundation
import TeamsShared
import Testing

@Suite("A table")
struct TableTests {
  static let flights = """
    year,month,day,carrier,delay
    2013,1,1,UA,2
    2013,1,11,AA,NA
    2013,1,1,B6,
    2013,1,2,DL,-3
    """

  static func table(_ text: String) throws -> Table {
    try Table(Array(text.utf8), of: URL(filePath: "/data/flights.csv"))
  }

  @Test("gives every row, with or without a newline at the end", arguments: ["", "\n"])
  func allRows(ending: String) throws {
    let carriers: [String] = try Self.table(Self.flights + ending).rows().map { try $0.required("carrier") }
    #expect(carriers == ["UA", "AA", "B6", "DL"])
  }

  @Test("finds the rows that start with a prefix wherever they stand, and no others")
  func prefix() throws {
    let carriers: [String] = try Self.table(Self.flights).rows(startingWith: "2013,1,1,").map { try $0.required("carrier") }
    #expect(carriers == ["UA", "B6"])
    #expect(try Self.table(Self.flights).rows(startingWith: "2013,2,1,").isEmpty)
  }

  @Test("reads NA and an empty field as missing")
  func missing() throws {
    let delays: [Int?] = try Self.table(Self.flights).rows().map { try $0.optional("delay") }
    #expect(delays == [2, nil, nil, -3])
  }

  @Test("names the line and the column of a value that is missing or of another type")
  func badValues() throws {
    let rows = try Self.table(Self.flights).rows()
    #expect(throws: DataError(file: URL(filePath: "/data/flights.csv"), "line 3 has no delay")) {
      let _: Int = try rows[1].required("delay")
    }
    #expect(throws: DataError(file: URL(filePath: "/data/flights.csv"), "line 2 has 'UA' as carrier, which is no Int")) {
      let _: Int? = try rows[0].optional("carrier")
    }
  }

  @Test("names the columns that it has when asked for another")
  func unknownColumn() throws {
    let row = try Self.table("a,b\n1,2").rows()[0]
    #expect(throws: DataError(file: URL(filePath: "/data/flights.csv"), "has no column 'c'; it has a, b")) {
      let _: Int = try row.required("c")
    }
  }

  @Test(
    "refuses what it would misread",
    arguments: [
      ("", "is empty: a header line is needed"),
      ("a,b\n\"1,2\",3", "has quoted fields, which this reader does not know"),
      ("a,b\n1,\0", "is no text: it has a zero byte"),
      ("a,a\n1,2", "names a column twice in its header"),
    ])
  func refused(text: String, problem: String) {
    #expect(throws: DataError(file: URL(filePath: "/data/flights.csv"), problem)) { try Self.table(text) }
  }

  @Test("refuses a row with another number of fields than the header")
  func raggedRow() throws {
    let table = try Self.table("a,b\n1,2\n3\n")
    #expect(throws: DataError(file: URL(filePath: "/data/flights.csv"), "line 3 has 1 fields where the header has 2")) {
      try table.rows()
    }
  }
}
