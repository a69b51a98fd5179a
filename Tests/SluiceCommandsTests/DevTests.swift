// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Glibc
import SluiceCommands
import Subprocess
import Synchronization
import Testing
import Workspace

@Suite("sluice dev")
struct DevTests {
  private let settings = DevSettings(workspace: "workspace.yaml", dataDirectory: "/data", port: 4270, daemon: "/bin/sluiced")

  @Test func `Each location that names an executable is told where to listen and where to keep its data`() throws {
    let file = try WorkspaceFile.parse(
      """
      load_from:
        - grpc_server: { location_name: weather, host: 127.0.0.1, port: 4271 }
          executable: .build/debug/weather
          environment: { LEVEL: debug }
          grace_seconds: 3
        - grpc_server: { location_name: fleet, socket: run/fleet.sock }
          executable: /opt/fleet
        - grpc_server: { location_name: remote, host: example.org, port: 1 }
      """, path: "/srv/workspace.yaml")
    let specs = settings.locationSpecs(file)
    #expect(
      specs == [
        ChildSpec(
          name: "weather", executable: "/srv/.build/debug/weather",
          arguments: ["serve", "--host", "127.0.0.1", "--port", "4271"],
          environment: [
            "SLUICE_STORAGE": "/data/storage", "SLUICE_SECRET_FILE": "/data/secrets/weather", "LEVEL": "debug",
          ], workingDirectory: "/srv", grace: .seconds(3), port: 4271),
        ChildSpec(
          name: "fleet", executable: "/opt/fleet", arguments: ["serve", "--socket", "/srv/run/fleet.sock"],
          environment: ["SLUICE_STORAGE": "/data/storage"], workingDirectory: "/srv", grace: .seconds(30)),
      ])
    #expect(
      settings.daemonSpec.arguments == [
        "--workspace", "workspace.yaml", "--data-dir", "/data", "--port", "4270", "--secrets-dir", "/data/secrets",
      ])
  }

  @Test func `Secrets are made once, for its owner alone, for each location that it starts on a port`() throws {
    let data = try Self.emptyFolder()
    let file = try WorkspaceFile.parse(
      """
      load_from:
        - grpc_server: { location_name: weather, port: 4271 }
          executable: weather
        - grpc_server: { location_name: fleet, socket: fleet.sock }
          executable: fleet
        - grpc_server: { location_name: open, port: 4272 }
          executable: open
          insecure: true
        - grpc_server: { location_name: own, port: 4273 }
          executable: own
          secret_file: own.secret
        - grpc_server: { location_name: remote, port: 4274 }
      """, path: "/srv/workspace.yaml")
    let secrets = DevSecrets(dataDirectory: data)
    try secrets.make(for: file)
    #expect(try FileManager.default.contentsOfDirectory(atPath: secrets.directory) == ["weather"])
    let path = "\(secrets.directory)/weather"
    let secret = try #require(FileManager.default.contents(atPath: path))
    #expect(secret.count == 65)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try secrets.make(for: file)
    #expect(FileManager.default.contents(atPath: path) == secret)
    let specs = settings.locationSpecs(file)
    #expect(specs.map { $0.environment["SLUICE_SECRET_FILE"] } == ["/data/secrets/weather", nil, nil, "/srv/own.secret"])
    #expect(specs.map { $0.arguments.contains("--insecure") } == [false, false, true, false])
  }

  @Test func `Lines carry the name of their source, aligned`() {
    let lines = Lines()
    let printer = LinePrinter(width: 7, style: .plain, write: { lines.add($0.text) })
    printer.line("hello", from: "fleet")
    printer.line("hello", from: "weather")
    #expect(lines.all == ["fleet   │ hello", "weather │ hello"])
  }

  @Test(.timeLimit(.minutes(10)))
  func `A process that crashes is started again, and one that is stopped ends in good order`() async throws {
    let lines = Lines()
    var policy = ServerMachine.Policy()
    policy.restart.first = .milliseconds(1)
    policy.look = .milliseconds(1)
    let spec = ChildSpec(
      name: "shell", executable: "/bin/sh",
      arguments: [
        "-c",
        "if [ -e again ]; then echo second; trap 'echo bye; exit 0' TERM; while :; do sleep 0.02; done; fi; touch again; exit 3",
      ],
      workingDirectory: try Self.emptyFolder(), grace: .seconds(20))
    let groups = ProcessGroups()
    let child = Child(
      spec, printer: LinePrinter(width: 5, style: .plain, write: { lines.add($0.text) }), groups: groups, policy: policy)
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await child.supervise() }
      await lines.wait { $0.hasSuffix("│ second") }
      child.stop.open()
    }
    #expect(lines.all.contains("shell │ exited with 3; starting again in 1ms"))
    #expect(lines.all.suffix(2) == ["shell │ bye", "shell │ stopped"])
    #expect(groups.alive.isEmpty)
  }

  @Test(.timeLimit(.minutes(10)))
  func `A process that ignores the request to stop is killed after its grace, with its children`() async throws {
    let lines = Lines()
    let spec = ChildSpec(
      name: "deaf", executable: "/bin/sh", arguments: ["-c", "trap '' TERM; echo ready; while :; do sleep 0.02; done"],
      workingDirectory: try Self.emptyFolder(), grace: .milliseconds(50))
    let groups = ProcessGroups()
    let child = Child(spec, printer: LinePrinter(width: 4, style: .plain, write: { lines.add($0.text) }), groups: groups)
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await child.supervise() }
      await lines.wait { $0.hasSuffix("│ ready") }
      child.stop.open()
    }
    #expect(lines.all.last == "deaf │ stopped")
    #expect(groups.alive.isEmpty)
  }

  @Test(.timeLimit(.minutes(10)))
  func `A process that is started again is told how the one before it ended, with its last lines`() async throws {
    let lines = Lines()
    let script = """
      if [ -e again ]; then echo "told: $SLUICE_PREVIOUS_END"; echo end; trap 'exit 0' TERM; while :; do sleep 0.02; done; fi
      echo "first: $SLUICE_PREVIOUS_END"; touch again; echo reading the tides; kill -ILL $$
      """
    let spec = ChildSpec(
      name: "shell", executable: "/bin/sh", arguments: ["-c", script], workingDirectory: try Self.emptyFolder(),
      grace: .seconds(20))
    let child = Child(
      spec, printer: LinePrinter(width: 5, style: .plain, write: { lines.add($0.text) }), groups: ProcessGroups(),
      policy: Self.quick)
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await child.supervise() }
      await lines.wait { $0.hasSuffix("│ end") }
      child.stop.open()
    }
    #expect(lines.all.contains("shell │ first: "))
    #expect(lines.all.contains("shell │ was ended by signal 4 (SIGILL); starting again in 1ms"))
    let told = lines.all.drop { !$0.contains("told:") }.prefix { !$0.hasSuffix("│ end") }
    #expect(
      Array(told) == [
        "shell │ told: was ended by signal 4 (SIGILL); its last lines:", "shell │ first: ", "shell │ reading the tides",
      ])
  }

  @Test func `Of what a process printed the lines are told in which it says why it crashes`() {
    let lines = LastLines()
    for number in 0..<20 { lines.add("line \(number)") }
    lines.add("Team/Tides.swift:12: Fatal error: Index out of range")
    for number in 0..<200 { lines.add("frame \(number)") }
    #expect(
      lines.told(of: "was ended by signal 5 (SIGTRAP)") == """
        was ended by signal 5 (SIGTRAP); its last lines:
        line 13
        line 14
        line 15
        line 16
        line 17
        line 18
        line 19
        Team/Tides.swift:12: Fatal error: Index out of range
        frame 0
        frame 1
        """)
    #expect(LastLines().told(of: "exited with 3") == "exited with 3")
    let long = LastLines()
    for _ in 0..<100 { long.add("\0" + String(repeating: "é", count: 10_000)) }
    let told = long.told(of: "")
    #expect(told.utf8.count < 4_096 && !told.utf8.contains(0))
  }

  @Test(.timeLimit(.minutes(10)))
  func `An executable that is not there is said, with how to build it, and started once it is`() async throws {
    let lines = Lines()
    let folder = try Self.emptyFolder()
    try FileManager.default.createDirectory(atPath: "\(folder)/.build/debug", withIntermediateDirectories: true)
    let spec = ChildSpec(
      name: "none", executable: "\(folder)/.build/debug/none", arguments: [], workingDirectory: folder, grace: .seconds(20))
    let child = Child(
      spec, printer: LinePrinter(width: 4, style: .plain, write: { lines.add($0.text) }), groups: ProcessGroups(),
      policy: Self.quick)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await child.supervise() }
      await lines.wait { $0.contains("none is not built: swift build --package-path \(folder) --product none; it is started") }
      try Self.write(Self.server(saying: "built"), to: spec.executable)
      await lines.wait { $0.hasSuffix("│ built") }
      child.stop.open()
      try await tasks.waitForAll()
    }
    #expect(lines.all.last == "none │ stopped")
  }

  @Test(.timeLimit(.minutes(10)))
  func `A process that is built anew finishes what it does, and the new build takes its place`() async throws {
    let lines = Lines()
    let folder = try Self.emptyFolder()
    let executable = "\(folder)/team"
    try Self.write(Self.server(saying: "one"), to: executable)
    let spec = ChildSpec(name: "team", executable: executable, arguments: [], workingDirectory: folder, grace: .seconds(20))
    let child = Child(
      spec, printer: LinePrinter(width: 4, style: .plain, write: { lines.add($0.text) }), groups: ProcessGroups(),
      policy: Self.quick)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await child.supervise() }
      await lines.wait { $0.hasSuffix("│ one") }
      try Self.write(Self.server(saying: "two"), to: executable)
      await lines.wait { $0.hasSuffix("│ two") }
      child.stop.open()
      try await tasks.waitForAll()
    }
    let said = lines.said
    #expect(
      said == [
        "team │ one", "team │ there is another build: this one finishes what it runs, then the other starts",
        "team │ one finished", "team │ two", "team │ two finished", "team │ stopped",
      ])
  }

  @Test(.timeLimit(.minutes(10)))
  func `The daemon outlives the locations, so that what they finish is kept`() async throws {
    let lines = Lines()
    let folder = try Self.emptyFolder()
    let printer = LinePrinter(width: 7, style: .plain, write: { lines.add($0.text) })
    let children = try [DevSettings.daemonName, "team"].map { name in
      try Self.write(Self.server(saying: name), to: "\(folder)/\(name)")
      let spec = ChildSpec(
        name: name, executable: "\(folder)/\(name)", arguments: [], workingDirectory: folder, grace: .seconds(20))
      return Child(spec, printer: printer, groups: ProcessGroups(), policy: Self.quick)
    }
    await withTaskGroup(of: Void.self) { tasks in
      for child in children { tasks.addTask { await child.supervise() } }
      var running = 0
      await lines.wait { line in
        running += line.hasSuffix("│ sluiced") || line.hasSuffix("│ team") ? 1 : 0
        return running == 2
      }
      await DevShutdown.stop(children)
    }
    #expect(
      lines.said.suffix(4) == [
        "team    │ team finished", "team    │ stopped", "sluiced │ sluiced finished", "sluiced │ stopped",
      ])
  }

  @Test(.timeLimit(.minutes(10)))
  func `A process whose port is taken ends for good, and who has it is named`() async throws {
    let lines = Lines()
    let folder = try Self.emptyFolder()
    try Self.write("#!/bin/sh\nexit 69\n", to: "\(folder)/team")
    let listener = try Listener()
    let spec = ChildSpec(
      name: "team", executable: "\(folder)/team", arguments: [], workingDirectory: folder, grace: .seconds(20),
      port: listener.port)
    var policy = Self.quick
    policy.portPatience = .milliseconds(300)
    let child = Child(
      spec, printer: LinePrinter(width: 4, style: .plain, write: { lines.add($0.text) }), groups: ProcessGroups(), policy: policy)
    #expect(await child.supervise() == .portTaken)
    let own = ProcessInfo.processInfo.processIdentifier
    #expect(PortHolder(of: listener.port)?.process == Int(own))
    #expect(lines.all.contains { $0.contains("port \(listener.port) is held by process \(own) (") })
    let refusal = settings.refusal(of: spec)
    #expect(refusal.message.text.hasPrefix("'team' cannot start: port \(listener.port) is held by process \(own) ("))
    #expect(refusal.mend?.text == "stop that one (kill \(own)), or give 'team' another port in workspace.yaml")
    #expect(settings.refusal(of: settings.daemonSpec).mend?.text.hasSuffix("choose another port with --port") == true)
  }

  @Test func `Only who listens on a port has it`() {
    let table = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:10AF 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0
         1: 0100007F:10AF 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000 100 0 0 10 0
         2: 0100007F:10B0 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000 100 0 0 10 0
         3: short
      """
    #expect(PortHolder.listening(on: 4271, in: table) == [4711])
  }

  private static var quick: ServerMachine.Policy {
    var policy = ServerMachine.Policy()
    policy.look = .milliseconds(1)
    policy.settled = .milliseconds(1)
    policy.restart.first = .milliseconds(1)
    return policy
  }

  /// A script that says a word, and once more when it is asked to end.
  private static func server(saying word: String) -> String {
    "#!/bin/sh\ntrap 'echo \(word) finished; exit 0' TERM\necho \(word)\nwhile :; do sleep 0.02; done\n"
  }

  @Test(.timeLimit(.minutes(10)))
  func `An executable whose definitions are broken is not started again until there is another build of it`() async throws {
    let lines = Lines()
    let folder = try Self.emptyFolder()
    let executable = "\(folder)/team"
    try Self.write("#!/bin/sh\necho '1 definition error'\nexit 78\n", to: executable)
    let spec = ChildSpec(name: "team", executable: executable, arguments: [], workingDirectory: folder, grace: .seconds(20))
    let child = Child(spec, printer: LinePrinter(width: 4, style: .plain, write: { lines.add($0.text) }), groups: ProcessGroups())
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await child.supervise() }
      await lines.wait { $0.contains("waiting for another build of \(executable)") }
      try Self.write("#!/bin/sh\ntrap 'exit 0' TERM\necho mended\nwhile :; do sleep 0.02; done\n", to: executable)
      await lines.wait { $0.hasSuffix("│ mended") }
      child.stop.open()
      try await tasks.waitForAll()
    }
    #expect(lines.all.count { $0.hasSuffix("│ 1 definition error") } == 1)
    #expect(lines.all.last == "team │ stopped")
  }

  private static func write(_ script: String, to path: String) throws {
    try Data(script.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private static func emptyFolder() throws -> String {
    let url = FileManager.default.temporaryDirectory.appending(path: "sluice-dev-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url.path
  }
}

/// Something that listens on a port of this machine.
private final class Listener {
  let port: Int
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = self.descriptor
    let isBound = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    try #require(isBound)
  }

  deinit { close(descriptor) }
}

/// Collects lines, and waits for one.
private final class Lines: Sendable {
  private let content = Mutex<[String]>([])
  private let arrivals = AsyncStream.makeStream(of: String.self)

  var all: [String] { content.withLock { $0 } }

  /// Without the process numbers, and what a shell says about the `sleep` that was ended with it.
  var said: [String] { all.filter { !$0.contains("started (process") && !$0.hasSuffix("│ Terminated") } }

  func add(_ line: String) {
    content.withLock { $0.append(line) }
    arrivals.continuation.yield(line)
  }

  func wait(_ isWanted: (String) -> Bool) async {
    for await line in arrivals.stream where isWanted(line) { return }
  }
}
