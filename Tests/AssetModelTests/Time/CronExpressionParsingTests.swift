// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct CronExpressionParsingTests {
  @Test(
    "Every form of a field is understood",
    arguments: [
      "* * * * *", "0 2 * * *", "*/15 0-6 1,15 * *", "5-59/10 * * * *", "0 0 * jan-mar,DEC mon-fri", "0 0 29 2 *", "0 0 * * 7",
      "10/20 * * * *", "0 0 31 1-2 *", "0 0 30 2 sun",
    ])
  func parses(text: String) throws {
    #expect(try CronExpression(text).description == text)
    #expect(try throughJSON(CronExpression(text)) == CronExpression(text))
  }

  @Test("Spaces around and between fields do not matter")
  func ignoresSpaces() throws {
    #expect(try CronExpression("  0   2 * *  * ").description == "0 2 * * *")
    #expect(try CronExpression("0  2 * * *") == CronExpression("0 2 * * *"))
  }

  @Test("Tabs, and the end of a line, are space as well")
  func ignoresTabs() throws {
    #expect(try CronExpression("\t0\t2 \t*\u{A0}* *\r\n").description == "0 2 * * *")
    #expect(modelError { try CronExpression("0\t24 * * *") }?.message.contains("column 3, hour: '24' is no hour") == true)
  }

  @Test(
    "A malformed expression is refused with its column and field",
    arguments: [
      ("60 * * * *", "column 1, minute: '60' is no minute: write 0 to 59"),
      ("0 24 * * *", "column 3, hour: '24' is no hour: write 0 to 23"),
      ("0 0 0 * *", "column 5, day of month: '0' is no day of month: write 1 to 31"),
      ("0 0 1 foo *", "column 7, month: 'foo' is no month: write 1 to 12"),
      ("0 0 1 1 8", "column 9, day of week: '8' is no day of week: write 0 to 7"),
      ("  0 x * * *", "column 5, hour: 'x' is no hour: write 0 to 23"),
      ("5-1 * * * *", "column 1, minute: '5-1' ends before it begins"),
      ("*/0 * * * *", "column 1, minute: '/0' is no step: write a number from 1 to 59"),
      ("*/+5 * * * *", "column 1, minute: '/+5' is no step: write a number from 1 to 59"),
      ("1,,2 * * * *", "column 1, minute: '' is no minute: write 0 to 59"),
      ("-1 * * * *", "column 1, minute: '' is no minute: write 0 to 59"),
      ("+1 * * * *", "column 1, minute: '+1' is no minute: write 0 to 59"),
      ("1-2-3 * * * *", "column 1, minute: '1-2-3' is no minute: write 0 to 59"),
      ("*-5 * * * *", "column 1, minute: '*' is no minute: write 0 to 59"),
    ])
  func refuses(text: String, problem: String) {
    let error = modelError { try CronExpression(text) }
    #expect(error?.code == .malformedCron)
    #expect(error?.message == "cron '\(text)', \(problem)")
  }

  @Test(
    "Another number of fields is refused, saying which five there are",
    arguments: [("", 0), ("* * * *", 4), ("0 0 2 * * *", 6), ("@daily", 1)])
  func refusesOtherCounts(text: String, count: Int) {
    #expect(
      modelError { try CronExpression(text) }?.message
        == "cron '\(text)' has \(count) fields: write minute, hour, day of month, month, day of week")
  }

  @Test("An expression that no date matches is refused", arguments: ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30-31 2 *"])
  func refusesImpossible(text: String) {
    #expect(modelError { try CronExpression(text) }?.message == "cron '\(text)' matches no date: no such day in those months")
  }
}
