// SPDX-License-Identifier: Apache-2.0

import AssetModel
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
      if end.isBroken {
        printer.note("its definitions are broken: waiting for another build of \(spec.executable)", about: spec.name, .bad)
        guard await waitForChange() else { break }
        machine = RestartMachine(at: .now, policy: policy)
        continue
      }
      guard let delay = machine.ended(at: .now) else { break }
      printer.note("\(end.words); starting again in \(ProgressLine.short(delay))", about: spec.name, .warning)
      if await stop.wait(for: delay) { break }
    }
    printer.note("stopped", about: spec.name)
  }

  /// How a life ended.
  private struct End {
    let words: Shown
    /// Whether the same executable would end in the same way.
    var isBroken = false
  }

  /// What a location's executable exits with where its definitions are broken.
  private static let brokenStatus: Int32 = 78
  /// How often an executable that is waited for is looked at.
  private static let look: Duration = .milliseconds(200)

  /// Returns once the executable is another file than now, and nobody writes it any more; false where it is to stop before.
  private func waitForChange() async -> Bool {
    let broken = ExecutableStamp(spec.executable)
    var last = broken
    while await !stop.wait(for: Self.look) {
      let now = ExecutableStamp(spec.executable)
      if now != nil, now != broken, now == last { return true }
      last = now
    }
    return false
  }

  /// One life of the process.
  private func runOnce() async -> End {
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
      let isBroken = result.terminationStatus == .exited(Self.brokenStatus)
      return End(words: Self.words(result.terminationStatus), isBroken: isBroken)
    } catch {
      return End(words: "cannot run \(spec.executable): \(error)")
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

  private static func words(_ status: TerminationStatus) -> Shown {
    switch status {
    case .exited(let code): "exited with \(code)"
    case .signaled(let signal): "was ended by signal \(signal)"
    }
  }
}
