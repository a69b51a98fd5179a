// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Foundation
import UnixSignals
import Workspace

/// Runs the daemon and the locations' executables until a signal, and follows the workspace file meanwhile.
struct Supervisor {
  let settings: DevSettings
  let printer: LinePrinter
  private let groups = ProcessGroups()

  init(settings: DevSettings, printer: LinePrinter) {
    self.settings = settings
    self.printer = printer
  }

  /// What runs, and what is asked to end since the workspace has no such server any more.
  private struct Running {
    var children: [String: Child] = [:]
    var leaving: [Child] = []

    var all: [Child] { Array(children.values) + leaving }

    /// Asks a child to end.
    mutating func end(_ name: String) {
      guard let child = children.removeValue(forKey: name) else { return }
      child.stop.open()
      leaving = leaving.filter { !$0.stopped.isOpen } + [child]
    }

    /// Those that must have ended before a server starts: they have its name, or its port.
    func before(_ spec: ChildSpec) -> [Child] {
      leaving.filter { $0.spec.name == spec.name || ($0.spec.port != nil && $0.spec.port == spec.port) }
    }
  }

  private enum Happening {
    case stopRequested
    case portTaken(ChildSpec)
    case fileChanged(String)
  }

  /// Returns once everything has stopped.
  ///
  /// - Throws: ``CommandFailure`` where a server cannot start, since what it would listen on is taken.
  func run(_ file: WorkspaceFile, text: String) async throws {
    let watchdogStop = Latch()
    var refusal: CommandFailure?
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await watch(until: watchdogStop) }
      refusal = await supervise(file, text: text)
      watchdogStop.open()
    }
    if let refusal { throw refusal }
  }

  private func supervise(_ file: WorkspaceFile, text: String) async -> CommandFailure? {
    let (happenings, happened) = AsyncStream.makeStream(of: Happening.self)
    watch(text, happened)
    return await withTaskGroup(of: Void.self) { tasks in
      var running = Running()
      var refusal: CommandFailure?
      makeSecrets(for: file)
      start(settings.daemonSpec, in: &running, &tasks, happened)
      for spec in settings.locationSpecs(file) { start(spec, in: &running, &tasks, happened) }
      let announcement = Task { await announce() }  // Ends by itself, or with the first happening that stops everything.
      loop: for await happening in happenings {
        switch happening {
        case .fileChanged(let text): apply(text, &running, &tasks, happened)
        case .portTaken(let spec):
          refusal = settings.refusal(of: spec)
          break loop
        case .stopRequested: break loop
        }
      }
      happened.finish()
      announcement.cancel()
      printer.note("stopping: the locations finish what they run; a second signal ends all at once", about: "dev")
      await stop(running.all)
      return refusal
    }
  }

  /// A location without its secret says so itself; what kept it from being made is said here.
  private func makeSecrets(for file: WorkspaceFile) {
    do { try settings.secrets.make(for: file) } catch { printer.note("\(error)", about: "dev", .bad) }
  }

  private func start(
    _ spec: ChildSpec, in running: inout Running, _ tasks: inout TaskGroup<Void>,
    _ happened: AsyncStream<Happening>.Continuation
  ) {
    let child = Child(spec, printer: printer, groups: groups)
    running.children[spec.name] = child
    tasks.addTask { [before = running.before(spec)] in
      for other in before { await other.stopped.wait() }
      if await child.supervise() == .portTaken { happened.yield(.portTaken(spec)) }
    }
  }

  // MARK: The workspace file

  /// Starts, stops and replaces children so that they are what the file says; a broken file changes nothing.
  private func apply(
    _ text: String, _ running: inout Running, _ tasks: inout TaskGroup<Void>,
    _ happened: AsyncStream<Happening>.Continuation
  ) {
    let file: WorkspaceFile
    do throws(WorkspaceError) {
      file = try WorkspaceFile.parse(
        text, path: settings.workspace, environment: ProcessInfo.processInfo.environment)
    } catch {
      printer.note("the running workspace stays in force:", about: "dev", .bad)
      for line in Shown.lines(error.description) { printer.note(line, about: "dev", .bad) }
      return
    }
    makeSecrets(for: file)
    let specs = settings.locationSpecs(file)
    // All that end are asked to before one starts: two may change their ports with one another.
    for (name, child) in running.children where name != DevSettings.daemonName && !specs.contains(child.spec) {
      running.end(name)
    }
    for spec in specs where running.children[spec.name] == nil { start(spec, in: &running, &tasks, happened) }
    // A signal does not wait for the answer.
    tasks.addTask { await reloadDaemon() }
  }

  private func reloadDaemon() async {
    do {
      printer.note(ListRendering.reload(try await ControlPlaneClient(url: settings.url).reload()), about: "dev")
    } catch {
      printer.note("the daemon did not reload: \(error)", about: "dev", .bad)
    }
  }

  // MARK: What happens

  /// Tells of signals, and of edits of the workspace file, until the stream ends.
  private func watch(_ text: String, _ happened: AsyncStream<Happening>.Continuation) {
    let signals = Task {
      // A hang-up is the terminal going away.
      for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup) { happened.yield(.stopRequested) }
    }
    let file = Task {
      var last = text
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(1))
        guard let data = FileManager.default.contents(atPath: settings.workspace) else { continue }
        let text = String(decoding: data, as: UTF8.self)
        if text != last { happened.yield(.fileChanged(text)) }
        last = text
      }
    }
    happened.onTermination = { _ in
      signals.cancel()
      file.cancel()
    }
  }

  /// Stops everything in order; a second signal ends it at once.
  private func stop(_ children: [Child]) async {
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await DevShutdown.stop(children) }
      tasks.addTask {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
          printer.note("stopping at once", about: "dev", .warning)
          for child in children { child.stop.open() }
          groups.killAll()
        }
      }
      await tasks.next()
      tasks.cancelAll()
    }
  }

  private func watch(until stop: Latch) async {
    do {
      let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      try await groups.watch(with: own, arguments: ["dev-watchdog"], until: stop)
    } catch {
      printer.note("no watchdog: should 'sluice dev' be killed, its children stay (\(error))", about: "dev", .warning)
    }
  }

  /// Says where everything is, once the daemon answers.
  private func announce() async {
    let client = ControlPlaneClient(url: settings.url, deadline: .seconds(2))
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(200))
      guard (try? await client.status()) != nil else { continue }
      printer.note("the control plane is up at \(settings.url); in another terminal: sluice locations", about: "dev", .good)
      return
    }
  }
}
