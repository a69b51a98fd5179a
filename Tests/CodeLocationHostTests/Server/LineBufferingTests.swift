// SPDX-License-Identifier: Apache-2.0

import CodeLocationHost
import Foundation
import Glibc
import Testing

@Suite struct `What a step prints` {
  @Test func `is there as its line ends`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "sluice-print-\(UUID().uuidString)").path
    defer { unlink(path) }
    let stream = try #require(fopen(path, "w"))
    defer { fclose(stream) }
    LineBuffering.apply(to: stream)
    fputs("reading 2013-01-01\nhalf a", stream)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "reading 2013-01-01\n")
  }
}
