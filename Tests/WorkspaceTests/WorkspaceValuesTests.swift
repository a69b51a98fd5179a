// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing
import Workspace

/// What stands in a value of workspace.yaml: variables, numbers, hosts.
@Suite("workspace.yaml, values")
struct WorkspaceValuesTests {
  private func parse(_ text: String, _ environment: [String: String] = [:]) throws -> WorkspaceFile {
    try WorkspaceFile.parse(text, path: "w.yaml", environment: environment)
  }

  private func problems(_ text: String, _ environment: [String: String] = [:]) throws -> [String] {
    let error = try #require(throws: WorkspaceError.self) { try parse(text, environment) }
    return error.problems.map { "\($0.line):\($0.column) \($0.message), \($0.mend)" }
  }

  private func location(host: String = "127.0.0.1", port: String = "4271") -> String {
    "load_from:\n  - grpc_server: { location_name: a, host: \(host), port: \(port) }"
  }

  @Test func `variables of the environment stand in every value`() throws {
    let file = try parse(
      """
      limits: { attempts: "${ATTEMPTS}" }
      load_from:
        - grpc_server: { location_name: "${TEAM}", host: "${HOST:-127.0.0.2}", port: "${PORT}" }
          owns: ["${TEAM}/*"]
          executable: ${BIN:-.build/debug}/weather
          environment: { PRICE: "5$$", PLAIN: $1 and $HOME, URL: "${URL}" }
          grace_seconds: ${GRACE:-7}
          insecure: ${OPEN}
      """,
      [
        "ATTEMPTS": "3", "TEAM": "weather", "HOST": "", "PORT": "4271", "URL": "a: ${b}, [\"c\"]", "OPEN": "true",
      ])
    var share = LocationShare()
    share.attempts = 3
    #expect(
      file.locations == [
        WorkspaceLocation(
          name: try LocationName("weather"), address: .tcp(host: "127.0.0.2", port: 4271),
          owns: [try OwnershipPattern("weather/*")], executable: ".build/debug/weather",
          environment: ["PRICE": "5$", "PLAIN": "$1 and $HOME", "URL": "a: ${b}, [\"c\"]"], grace: .seconds(7),
          isInsecure: true, share: share)
      ])
  }

  @Test func `a variable that is not there is named, with what to write`() throws {
    #expect(
      try problems(location(host: "\"${HOST}\"")) == [
        "2:44 the environment has no variable 'HOST', set it, write a default as '${HOST:-default}', or '$$' for a dollar sign"
      ])
  }

  @Test(arguments: ["${HOST", "${}", "${1A}", "${A-b}", "${A:?no}", "${A B}", "${A:-${B}}", "${É}"])
  func `what is no variable is refused`(_ text: String) throws {
    let found = try problems(location(host: "\"\(text)\""), ["HOST": "h", "A": "a", "B": "b"])
    #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix("2:44 '${") && $0.contains("'$$' for a dollar sign") })
  }

  @Test(arguments: ["'5271'", "\"5271\"", "5271"])
  func `a port may stand in quotes`(_ port: String) throws {
    #expect(try parse(location(port: port)).locations.map(\.address) == [.tcp(host: "127.0.0.1", port: 5271)])
  }

  @Test func `numbers that YAML reads as others are refused`() throws {
    let octal = "behind a leading zero YAML reads octal digits"
    #expect(try problems(location(port: "05271")) == ["2:61 '05271' is no port: \(octal), write 5271"])
    for port in ["0x14A7", "5_271", "1:20", "52.71", "5271.0", "''", "~", "-1", "+5271", "٥٢٧١"] {
      let found = try problems(location(port: port))
      #expect(found.count == 1 && found.allSatisfy { $0.hasSuffix("write a number from 1 to 65535") }, "\(port): \(found)")
    }
    let grace = location() + "\n    grace_seconds: 030\n    limits: { attempts: 010 }"
    #expect(
      try problems(grace) == [
        "3:20 '030' is no number of seconds: \(octal), write 30",
        "4:25 '010' is no limit for 'attempts': \(octal), write 10",
      ])
  }

  @Test(arguments: [
    "localhost", "127.0.0.1", "\"::1\"", "\"fe80::1%eth0\"", "\"[::1]\"", "flights.internal", "flights_1", "9lives.example",
    "a-b", "flights.prod.svc.cluster.local.",
  ])
  func `a host is an address or a name`(_ host: String) throws {
    #expect(try parse(location(host: host)).locations.count == 1)
  }

  @Test(arguments: [
    ("300.1.1.1", "is no IPv4 address"), ("127.1", "is no IPv4 address"), ("\"::1::2\"", "is no IPv6 address"),
    ("\"127.0.0.1:4271\"", "is no IPv6 address"), ("http.//a", "is no name of a machine"), ("a..b", "is no name of a machine"),
    ("-a", "is no name of a machine"), ("\"a b\"", "is no name of a machine"),
  ])
  func `what can be no host is refused`(_ host: String, _ words: String) throws {
    let found = try problems(location(host: host))
    #expect(found.count == 1 && found.allSatisfy { $0.contains(words) && $0.contains("127.0.0.1") }, "\(found)")
  }

  @Test func `a variable between braces needs quotes, and the error says so`() throws {
    let found = try problems(location(host: "${HOST}"), ["HOST": "127.0.0.1"])
    #expect(found.count == 1 && found.allSatisfy { $0.contains("in quotes between braces: \"${NAME}\"") }, "\(found)")
    #expect(try parse(location(host: "\"${HOST}\""), ["HOST": "127.0.0.1"]).locations.count == 1)
  }

  @Test func `what a variable holds stands in no error`() throws {
    let environment = ["SECRET": "postgres://user:hunter2@db"]
    for text in [
      location(host: "\"${SECRET}\""), location(port: "\"${SECRET}\""), location() + "\n    owns: [\"${SECRET}*\"]",
      location().replacing("location_name: a,", with: "location_name: \"${SECRET}\","),
    ] {
      let error = #expect(throws: WorkspaceError.self) {
        try WorkspaceFile.parse(text, path: "workspace.yaml", environment: environment)
      }
      let words = error?.description ?? ""
      #expect(words.contains("${SECRET}") && !words.contains("hunter2"), "\(words)")
    }
  }

  @Test func `brackets around an address are taken off`() throws {
    #expect(try parse(location(host: "\"[::1]\"")).locations[0].address == .tcp(host: "::1", port: 4271))
  }

  @Test func `a name that leads nowhere does not resolve`() {
    #expect(HostRules.resolves("localhost") && HostRules.resolves("::1"))
    #expect(!HostRules.resolves("nowhere.invalid"))
  }
}
