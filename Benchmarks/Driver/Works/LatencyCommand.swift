// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct LatencyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency", abstract: "One run of one asset at a time, from request to done, on an idle system.")
  @OptionGroup var options: PlantOptions

  func run() async throws {
    try await options.measure("latency", units: 1) { try await $0.run("bench/a0") }
  }
}
