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

  private enum Happening {
    case stopRequested
    case fileChanged(String)
  }

  /// Returns once everything has stopped.
  func run(_ file: WorkspaceFile, text: String) async {
    let watchdogStop = Latch()
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await watch(until: watchdogStop) }
      await withTaskGroup(of: Void.self) { tasks in
        var children: [String: Child] = [:]
        makeSecrets(for: file)
        start(settings.daemonSpec, in: &children, &tasks)
        for spec in settings.locationSpecs(file) { start(spec, in: &children, &tasks) }
        let announcement = Task { await announce() }  // Ends by itself, or with the first happening that stops everything.
        for await happening in happenings(text) {
          guard case .fileChanged(let text) = happening else { break }
          await apply(text, &children, &tasks)
        }
        announcement.cancel()
        printer.note("stopping", about: "dev")
        for child in children.values { child.stop.open() }
        await killOnSecondSignal(children)
      }
      watchdogStop.open()
    }
  }

  /// A location without its secret says so itself; what kept it from being made is said here.
  private func makeSecrets(for file: WorkspaceFile) {
    do { try settings.secrets.make(for: file) } catch { printer.note("\(error)", about: "dev", .bad) }
  }

  private func start(
    _ spec: ChildSpec, after previous: Child? = nil, in children: inout [String: Child], _ tasks: inout TaskGroup<Void>
  ) {
    let child = Child(spec, printer: printer, groups: groups)
    children[spec.name] = child
    tasks.addTask {
      await previous?.stopped.wait()
      await child.supervise()
    }
  }

  // MARK: The workspace file

  /// Starts, stops and replaces children so that they are what the file says; a broken file changes nothing.
  private func apply(_ text: String, _ children: inout [String: Child], _ tasks: inout TaskGroup<Void>) async {
    let file: WorkspaceFile
    do throws(WorkspaceError) {
      file = try WorkspaceFile.parse(text, path: settings.workspace)
    } catch {
      printer.note("the running workspace stays in force:", about: "dev", .bad)
      for line in Shown.lines(error.description) { printer.note(line, about: "dev", .bad) }
      return
    }
    makeSecrets(for: file)
    let specs = settings.locationSpecs(file)
    for (name, child) in children where name != DevSettings.daemonName && !specs.contains(where: { $0.name == name }) {
      child.stop.open()
      children[name] = nil
    }
    for spec in specs where children[spec.name]?.spec != spec {
      let previous = children[spec.name]
      previous?.stop.open()
      start(spec, after: previous, in: &children, &tasks)
    }
    await reloadDaemon()
  }

  private func reloadDaemon() async {
    do {
      printer.note(ListRendering.reload(try await ControlPlaneClient(url: settings.url).reload()), about: "dev")
    } catch {
      printer.note("the daemon did not reload: \(error)", about: "dev", .bad)
    }
  }

  // MARK: What happens

  private func happenings(_ text: String) -> AsyncStream<Happening> {
    AsyncStream { continuation in
      let signals = Task {
        // A hang-up is the terminal going away.
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup) { continuation.yield(.stopRequested) }
      }
      let file = Task {
        var last = text
        while !Task.isCancelled {
          try await Task.sleep(for: .seconds(1))
          guard let data = FileManager.default.contents(atPath: settings.workspace) else { continue }
          let text = String(decoding: data, as: UTF8.self)
          if text != last { continuation.yield(.fileChanged(text)) }
          last = text
        }
      }
      continuation.onTermination = { _ in
        signals.cancel()
        file.cancel()
      }
    }
  }

  /// A second signal while stopping ends everything at once.
  private func killOnSecondSignal(_ children: [String: Child]) async {
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { for child in children.values { await child.stopped.wait() } }
      tasks.addTask {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
          printer.note("stopping at once", about: "dev", .warning)
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
