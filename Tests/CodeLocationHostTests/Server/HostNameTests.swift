// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import CodeLocationHost
import LocationWire
import Logging
import Testing

@Suite struct HostNameTests {
  @Test func `an address stays as it is, without brackets`() throws {
    for host in ["127.0.0.1", "0.0.0.0", "::1"] { #expect(try HostName.address(of: host) == host) }
    #expect(try HostName.address(of: "[::1]") == "::1")
  }

  @Test func `the name of this machine's loopback leads to an address`() throws {
    #expect(try ["127.0.0.1", "::1"].contains(HostName.address(of: "localhost")))
  }

  @Test func `a name that leads nowhere is refused, with what to write`() throws {
    let refusal = try #require(throws: ListenRefusal.self) { try HostName.address(of: "nowhere.invalid") }
    #expect(refusal.description.contains("'nowhere.invalid' names no address"))
    #expect(refusal.description.contains("mend: write an address of this machine"))
  }
}
