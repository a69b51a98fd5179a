// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import SluiceCommands
import Testing

@Suite("Colour")
struct StyleTests {
  @Test(arguments: [
    (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false), (true, ["NO_COLOR": ""], true),
    (true, ["TERM": "dumb"], false),
  ])
  func `It is used on a terminal, unless NO_COLOR is set or the terminal is dumb`(
    isTerminal: Bool, environment: [String: String], isColoured: Bool
  ) {
    #expect(Style.detect(isTerminal: isTerminal, environment: environment).isColoured == isColoured)
  }

  @Test func `A plain style changes nothing`() {
    #expect(Style.plain(.bad, "text") == "text")
    #expect(Style(isColoured: true)(.bad, "") == "")
  }
}
