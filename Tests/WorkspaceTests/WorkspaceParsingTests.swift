// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing
import Workspace

@Suite("workspace.yaml")
struct WorkspaceParsingTests {
  @Test func `A whole workspace is read in the order of the file`() throws {
    let file = try WorkspaceFile.parse(
      """
      # the teams
      load_from:
        - grpc_server: { location_name: weather, host: 127.0.0.1, port: 4271 }
          owns: ["weather/*", "shared/stations"]
          executable: .build/debug/weather
          environment: { SEASON: winter, LEVEL: 3 }
          grace_seconds: 5
        - grpc_server: { location_name: flights, host: flights.internal, port: 4272 }
        - grpc_server: { location_name: fleet, socket: run/fleet.sock }
      """, path: "deploy/workspace.yaml")
    #expect(
      file.locations == [
        WorkspaceLocation(
          name: try LocationName("weather"), address: .tcp(host: "127.0.0.1", port: 4271),
          owns: [try OwnershipPattern("weather/*"), try OwnershipPattern("shared/stations")],
          executable: ".build/debug/weather", environment: ["SEASON": "winter", "LEVEL": "3"], grace: .seconds(5)),
        WorkspaceLocation(name: try LocationName("flights"), address: .tcp(host: "flights.internal", port: 4272)),
        WorkspaceLocation(name: try LocationName("fleet"), address: .socket(path: "run/fleet.sock")),
      ])
    #expect(file.locations[1].owns == [try OwnershipPattern("flights/*")])
    #expect(file.locations[1].grace == .seconds(30))
    #expect(file.location(named: try LocationName("fleet"))?.address.description == "unix:run/fleet.sock")
  }

  @Test func `A location has its own limits, and where it states none those of the file`() throws {
    let file = try WorkspaceFile.parse(
      """
      limits: { attempts: 8, log_bytes_per_day: 1000000, detail_bytes_per_day: 5 }
      load_from:
        - grpc_server: { location_name: a, port: 4271 }
          limits: { attempts: 2, steps_in_progress: 50, log_bytes_per_step: 7, log_bytes_per_run: 9, detail_bytes_per_step: 3 }
        - grpc_server: { location_name: b, port: 4272 }
      """, path: "w.yaml")
    var shares = [LocationShare(), LocationShare()]
    for index in shares.indices {
      shares[index].attempts = index == 0 ? 2 : 8
      shares[index].logBytesPerDay = 1_000_000
      shares[index].detailBytesPerDay = 5
    }
    shares[0].stepsInProgress = 50
    shares[0].logBytesPerStep = 7
    shares[0].logBytesPerRun = 9
    shares[0].detailBytesPerStep = 3
    #expect(file.locations.map(\.share) == shares)
  }

  @Test func `Limits that are none are refused by name`() throws {
    let error = try #require(throws: WorkspaceError.self) {
      try WorkspaceFile.parse(
        """
        limits: { attempt: 8 }
        load_from:
          - grpc_server: { location_name: a, port: 4271 }
            limits: { attempts: 0, log_bytes_per_day: lots, log_bytes_per_run: 99999999999999999999 }
        """, path: "w.yaml")
    }
    #expect(
      error.problems.map { "\($0.line): \($0.message)" } == [
        "1: 'limits' has no field 'attempt'", "4: '0' is no limit for 'attempts'",
        "4: 'lots' is no limit for 'log_bytes_per_day'", "4: '99999999999999999999' is no limit for 'log_bytes_per_run'",
      ])
  }

  @Test func `Relative paths start at the folder of the file`() throws {
    let file = WorkspaceFile(path: "/srv/sluice/workspace.yaml", locations: [])
    #expect(file.resolve(".build/debug/weather") == "/srv/sluice/.build/debug/weather")
    #expect(file.resolve("/opt/weather") == "/opt/weather")
  }

  @Test func `An empty list of locations is a workspace`() throws {
    #expect(try WorkspaceFile.parse("load_from: []", path: "w.yaml").locations.isEmpty)
    #expect(try WorkspaceFile.parse("load_from:", path: "w.yaml").locations.isEmpty)
  }

  @Test func `Every problem is reported at once, with its line, its column and the mend`() throws {
    let error = try #require(throws: WorkspaceError.self) {
      try WorkspaceFile.parse(
        """
        load_from:
          - grpc_server: { location_name: weather, host: 127.0.0.1, prot: 4271 }
          - grpc_server: { location_name: flights, host: 127.0.0.1, port: 70000 }
            own: ["flights/*"]
          - grpc_server: { location_name: "9lives", host: 127.0.0.1, port: 4273 }
          - grpc_server: { location_name: a, host: 127.0.0.1, port: 4274 }
          - grpc_server: { location_name: b, host: 127.0.0.1, port: 4274 }
            owns: ["b/*", "a/deep/*"]
            grace_seconds: soon
          - grpc_server: { location_name: a, port: 4275 }
            owns: ["c/*", "d/**"]
        schedule: nightly
        """, path: "workspace.yaml")
    }
    #expect(
      error.description == """
        workspace.yaml:2:18: 'port' is missing
          mend: write 'port: 4271', or 'socket: PATH'
        workspace.yaml:2:61: 'grpc_server' has no field 'prot'
          mend: did you mean 'port'?
        workspace.yaml:3:67: '70000' is no port
          mend: write a number from 1 to 65535
        workspace.yaml:4:5: a location has no field 'own'
          mend: did you mean 'owns'?
        workspace.yaml:5:35: location name '9lives' has the segment '9lives': start with a letter, then letters, digits, '_' or '-'
          mend: write a name such as 'weather'
        workspace.yaml:7:18: 'b' has the address 127.0.0.1:4274 of 'a'
          mend: give each location a port or socket of its own
        workspace.yaml:8:19: 'a/deep/*' of 'b' overlaps 'a/*' of 'a' (line 6)
          mend: each key has one owner: narrow one of the two patterns
        workspace.yaml:9:20: 'soon' is no number of seconds
          mend: write a whole number from 0 to 86400
        workspace.yaml:10:35: location 'a' stands on line 6 already
          mend: give each location a name of its own
        workspace.yaml:11:19: 'd/**' owns nothing
          mend: write an asset key, or a prefix ending in '/*'
        workspace.yaml:12:1: the file has no field 'schedule'
          mend: remove it; the file may have 'load_from', 'limits'
        """)
  }

  @Test(arguments: [
    ("", "1:1", "the file is empty"),
    ("locations: []", "1:1", "'load_from' is missing"),
    ("- a", "1:1", "the file is no mapping"),
    ("load_from: weather", "1:12", "'load_from' is no list"),
    ("load_from:\n  - weather", "2:5", "a location is no mapping"),
    ("load_from:\n  - owns: []", "2:5", "this location has no 'grpc_server'"),
    ("load_from:\n  - grpc_server: { host: h, port: 1 }", "2:18", "'location_name' is missing"),
    ("load_from:\n  - grpc_server: { location_name: a, socket: s, port: 1 }", "2:55", "'socket' stands beside 'host' or 'port'"),
    ("load_from:\n  - grpc_server: { location_name: a, port: 0 }", "2:44", "'0' is no port"),
    ("load_from:\n  - grpc_server: { location_name: a, port: 1 }\n    owns: a/*", "3:11", "'owns' is no list"),
    ("load_from:\n  - grpc_server: { location_name: a, port: 1 }\n    executable:", "3:16", "'executable' is no text"),
    (
      "load_from:\n  - grpc_server: { location_name: a, port: 1 }\n    environment: [a]", "3:18",
      "'environment' is no mapping"
    ),
    (
      "load_from:\n  - grpc_server: { location_name: a, port: 1 }\n    environment: { \"A=\u{301}B\": c }", "3:20",
      "an environment variable has a name and a text"
    ),
    ("load_from: [", "2:1", "this is not valid YAML: did not find expected node content"),
    ("load_from: []\nload_from: []", "1:1", "'load_from' appears twice in one entry"),
  ])
  func `A malformed file says where and what`(text: String, place: String, message: String) throws {
    let error = try #require(throws: WorkspaceError.self) { try WorkspaceFile.parse(text, path: "w.yaml") }
    #expect(error.description.contains("w.yaml:\(place): \(message)\n  mend: "))
  }

  @Test func `A file that is not there is a problem of the file itself`() throws {
    let error = try #require(throws: WorkspaceError.self) { try WorkspaceFile.read("/nowhere/workspace.yaml") }
    #expect(
      error.description == """
        /nowhere/workspace.yaml: the file cannot be read
          mend: create it, or name another with --workspace
        """)
  }

  @Test func `A location says how it and the daemon know each other`() throws {
    let file = try WorkspaceFile.parse(
      """
      load_from:
        - grpc_server: { location_name: own, port: 4271 }
          secret_file: secrets/own
        - grpc_server: { location_name: open, port: 4272 }
          insecure: true
        - grpc_server: { location_name: plain, port: 4273 }
        - grpc_server: { location_name: fleet, socket: fleet.sock }
      """, path: "/srv/workspace.yaml")
    let without = file.locations.map { file.credential(of: $0, secrets: nil) }
    #expect(without == [.secretFile("/srv/secrets/own"), .insecure, .missing, .peer])
    let with = file.locations.map { file.credential(of: $0, secrets: "/etc/sluice") }
    #expect(with == [.secretFile("/srv/secrets/own"), .insecure, .secretFile("/etc/sluice/plain"), .peer])
  }

  @Test func `A secret beside 'insecure', and a flag that is none, are errors`() {
    let error = #expect(throws: WorkspaceError.self) {
      try WorkspaceFile.parse(
        """
        load_from:
          - grpc_server: { location_name: both, port: 4271 }
            secret_file: secret
            insecure: true
          - grpc_server: { location_name: odd, port: 4272 }
            insecure: perhaps
        """, path: "workspace.yaml")
    }
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("stands beside 'insecure: true'") && words.contains("neither true nor false"))
  }
}
