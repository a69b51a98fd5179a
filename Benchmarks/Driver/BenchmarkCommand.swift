// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Runs one kind of work and prints what each round took, as one line of JSON; see `Benchmarks/README.md`.
@main
struct BenchmarkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice-benchmark",
    abstract: "Measures the control plane: from outside, in real processes over gRPC on a durable journal, and in parts.",
    groupedSubcommands: [
      CommandGroup(
        name: "From outside",
        subcommands: [
          StepsCommand.self, LatencyCommand.self, LaunchesCommand.self, LoadCommand.self, IdleCommand.self, StartCommand.self,
          StorageCommand.self, HistoryCommand.self,
        ]),
      CommandGroup(name: "In this process", subcommands: [EmbeddedCommand.self, PlanCommand.self]),
      CommandGroup(
        name: "What the machine would allow",
        subcommands: [MessagesCommand.self, EchoCommand.self, SealsCommand.self, CommitsCommand.self]),
    ])
}

struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
