// SPDX-License-Identifier: Apache-2.0

import Foundation
import Subprocess
import SystemPackage

/// One supervised process: started, started again with backoff when it ends, stopped in good order.
///
/// It runs in a session of its own, so that a Ctrl-C of the terminal reaches it only through its supervisor.
package struct Child: Sendable {
  package let spec: ChildSpec
  /// Opened by the supervisor to stop it.
  package let stop = Latch()
  /// Opened when it has stopped for good.
  package let stopped = Latch()
  private let printer: LinePrinter
  private let policy: RestartMachine.Policy
  /// Told which process groups exist, so that none survives its supervisor.
  private let groups: ProcessGroups

  package init(
    _ spec: ChildSpec, printer: LinePrinter, groups: ProcessGroups, policy: RestartMachine.Policy = RestartMachine.Policy()
  ) {
    self.spec = spec
    self.printer = printer
    self.groups = groups
    self.policy = policy
  }

  /// Runs until `stop` opens and the process is gone.
  package func supervise() async {
    defer { stopped.open() }
    var machine = RestartMachine(at: .now, policy: policy)
    while !stop.isOpen {
      machine.started(at: .now)
      let end = await runOnce()
      if stop.isOpen { break }
      guard let delay = machine.ended(at: .now) else { break }
      printer.note("\(end); starting again in \(ProgressLine.short(delay))", about: spec.name, .warning)
      if await stop.wait(for: delay) { break }
    }
    printer.note("stopped", about: spec.name)
  }

  /// One life of the process; how it ended, in words.
  private func runOnce() async -> String {
    do {
      let result = try await run(configuration, input: .none, output: .sequence, error: .combinedWithOutput) { execution in
        let process = execution.processIdentifier.value
        groups.add(process)
        printer.note("started (process \(process))", about: spec.name)
        await withTaskGroup(of: Void.self) { tasks in
          tasks.addTask { await self.printLines(of: execution.standardOutput) }
          tasks.addTask {
            await stop.wait()
            if stop.isOpen { await execution.teardown(using: self.teardown) }
          }
          await tasks.next()
          tasks.cancelAll()
        }
        return process
      }
      groups.remove(result.takeClosureResult())
      return Self.words(result.terminationStatus)
    } catch {
      return "cannot run \(spec.executable): \(error)"
    }
  }

  private var configuration: Configuration {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = teardown
    let environment = Dictionary(
      uniqueKeysWithValues: spec.environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) })
    return Configuration(
      executable: .path(FilePath(spec.executable)), arguments: Arguments(spec.arguments),
      environment: .inherit.updating(environment), workingDirectory: FilePath(spec.workingDirectory), platformOptions: options)
  }

  private var teardown: [TeardownStep] {
    [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: spec.grace)]
  }

  private func printLines(of output: SubprocessOutputSequence) async {
    do {
      for try await line in output.strings() { printer.line(line, from: spec.name) }
    } catch {
      // A line that is too long or no text ends the reading; the bytes behind it are still drained below.
      guard !Task.isCancelled else { return }
      printer.note("its output cannot be shown any more: \(error)", about: spec.name, .warning)
      await stop.wait()
    }
  }

  private static func words(_ status: TerminationStatus) -> String {
    switch status {
    case .exited(let code): "exited with \(code)"
    case .signaled(let signal): "was ended by signal \(signal)"
    }
  }
}
