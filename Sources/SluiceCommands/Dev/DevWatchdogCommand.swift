// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Glibc

/// The process beside `sluice dev` that outlives it, if only to end what it left behind.
struct DevWatchdogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dev-watchdog", abstract: "Ends the process groups named on its input when that closes.", shouldDisplay: false)

  @Option(help: "How many seconds they have between SIGTERM and SIGKILL.") var grace = 5

  func run() async throws {
    var ledger = WatchdogLedger()
    while let line = readLine() { ledger.take(line) }
    for process in ledger.alive { kill(-process, SIGTERM) }
    let deadline = ContinuousClock.now + .seconds(grace)
    while ContinuousClock.now < deadline, ledger.alive.contains(where: { kill(-$0, 0) == 0 }) {
      try await Task.sleep(for: .milliseconds(50))
    }
    for process in ledger.alive { kill(-process, SIGKILL) }
  }
}
