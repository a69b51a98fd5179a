// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Subprocess
import SystemPackage

/// One supervised process: started, started again with backoff when it ends, replaced when there is another build of it, stopped in good
/// order. ``ServerMachine`` decides.
///
/// It runs in a session of its own, so that a Ctrl-C of the terminal reaches it only through its supervisor.
package struct Child: Sendable {
  /// How it ended for good.
  package enum Outcome: Hashable, Sendable {
    case stopped
    /// Its port is somebody else's.
    case portTaken
  }

  package let spec: ChildSpec
  /// Opened by the supervisor to stop it.
  package let stop = Latch()
  /// Opened when it has stopped for good.
  package let stopped = Latch()
  private let printer: LinePrinter
  private let policy: ServerMachine.Policy
  /// Told which process groups exist, so that none survives its supervisor.
  private let groups: ProcessGroups

  package init(
    _ spec: ChildSpec, printer: LinePrinter, groups: ProcessGroups, policy: ServerMachine.Policy = ServerMachine.Policy()
  ) {
    self.spec = spec
    self.printer = printer
    self.groups = groups
    self.policy = policy
  }

  /// Runs until `stop` opens and the process is gone, or its port turns out to be another's.
  @discardableResult
  package func supervise() async -> Outcome {
    defer { stopped.open() }
    guard !stop.isOpen else { return .stopped }
    var machine = ServerMachine(at: .now, policy: policy)
    let (happenings, happened) = AsyncStream.makeStream(of: Happening.self)
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await watchExecutable { happened.yield(.looked($0)) } }
      tasks.addTask {
        await stop.wait()
        if stop.isOpen { happened.yield(.stopRequested) }
      }
      var drain = Latch()
      var last: String?
      for await happening in happenings {
        if case .ended(let end) = happening { last = end.told }
        for action in machine.take(happening.forMachine, at: .now) {
          switch action {
          case .start:
            let latch = Latch()
            drain = latch
            let previous = last
            tasks.addTask { happened.yield(.ended(await runOnce(until: latch, after: previous))) }
          case .drain: drain.open()
          default: say(action, happening)
          }
        }
        if machine.isOver { break }
      }
      tasks.cancelAll()
    }
    if machine.phase == .refused {
      printer.note("\(spec.takenPort); giving up", about: spec.name, .bad)
      return .portTaken
    }
    printer.note("stopped", about: spec.name)
    return .stopped
  }

  private enum Happening {
    case looked(ExecutableStamp?)
    case ended(End)
    case stopRequested

    var forMachine: ServerMachine.Happening {
      switch self {
      case .looked(let stamp): .looked(stamp)
      case .ended(let end): .ended(end.kind)
      case .stopRequested: .stopRequested
      }
    }
  }

  /// How a life ended.
  private struct End {
    let words: Shown
    var kind: ServerMachine.End = .other
    /// What the next life is told of it.
    var told: String?
  }

  /// What a location's executable exits with where its definitions are broken.
  private static let brokenStatus: Int32 = 78
  /// What a location's executable, and the daemon's, exit with where what they listen on is taken.
  private static let portTakenStatus: Int32 = 69

  private func watchExecutable(_ look: (ExecutableStamp?) -> Void) async {
    while !Task.isCancelled {
      look(ExecutableStamp(spec.executable))
      try? await Task.sleep(for: policy.look)
    }
  }

  private func say(_ action: ServerMachine.Action, _ happening: Happening) {
    let words: Shown = if case .ended(let end) = happening { end.words } else { "" }
    switch action {
    case .start, .drain: break
    case .sayAbsent:
      printer.note("\(spec.executable) is not built: \(spec.build); it is started once it is there", about: spec.name, .bad)
    case .sayRebuilt:
      printer.note("there is another build: this one finishes what it runs, then the other starts", about: spec.name)
    case .sayBroken:
      printer.note("its definitions are broken: waiting for another build of \(spec.executable)", about: spec.name, .bad)
    case .sayPortTaken(let delay):
      printer.note("\(spec.takenPort); trying again in \(ProgressLine.short(delay))", about: spec.name, .warning)
    case .sayEnded(let delay):
      printer.note("\(words); starting again in \(ProgressLine.short(delay))", about: spec.name, .warning)
    }
  }

  /// One life of the process.
  ///
  /// - Parameter previous: how the one before it ended.
  private func runOnce(until drain: Latch, after previous: String?) async -> End {
    let lines = LastLines()
    do {
      let result = try await run(configuration(after: previous), input: .none, output: .sequence, error: .combinedWithOutput) {
        execution in
        let process = execution.processIdentifier.value
        groups.add(process)
        printer.note("started (process \(process))", about: spec.name)
        await withTaskGroup(of: Void.self) { tasks in
          tasks.addTask { await self.printLines(of: execution.standardOutput, keeping: lines) }
          tasks.addTask {
            await drain.wait()
            if drain.isOpen { await execution.teardown(using: self.teardown) }
          }
          await tasks.next()
          tasks.cancelAll()
        }
        return process
      }
      groups.remove(result.takeClosureResult())
      let words = Self.words(result.terminationStatus)
      return End(words: words, kind: Self.kind(result.terminationStatus), told: lines.told(of: words.text))
    } catch {
      return End(words: "cannot run \(spec.executable): \(error)")
    }
  }

  private func configuration(after previous: String?) -> Configuration {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = teardown
    var environment = Dictionary(
      uniqueKeysWithValues: spec.environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) })
    if spec.isToldOfEnds { environment.updateValue(previous, forKey: "SLUICE_PREVIOUS_END") }
    return Configuration(
      executable: .path(FilePath(spec.executable)), arguments: Arguments(spec.arguments),
      environment: .inherit.updating(environment), workingDirectory: FilePath(spec.workingDirectory), platformOptions: options)
  }

  private var teardown: [TeardownStep] {
    [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: spec.grace)]
  }

  private func printLines(of output: SubprocessOutputSequence, keeping lines: LastLines) async {
    do {
      // Whatever it prints is taken in: a process whose output nobody reads stands still.
      var splitter = LineSplitter()
      for try await buffer in output {
        for line in buffer.withUnsafeBytes({ splitter.take($0) }) { show(line, keeping: lines) }
      }
      if let rest = splitter.rest() { show(rest, keeping: lines) }
    } catch {
      guard !Task.isCancelled else { return }
      printer.note("its output cannot be shown any more: \(error)", about: spec.name, .warning)
    }
  }

  private func show(_ line: String, keeping lines: LastLines) {
    lines.add(line)
    printer.line(line, from: spec.name)
  }

  private static func kind(_ status: TerminationStatus) -> ServerMachine.End {
    switch status {
    case .exited(brokenStatus): .broken
    case .exited(portTakenStatus): .portTaken
    default: .other
    }
  }

  private static func words(_ status: TerminationStatus) -> Shown {
    switch status {
    case .exited(let code): "exited with \(code)"
    case .signaled(let signal): "was ended by signal \(SignalName(signal))"
    }
  }
}
