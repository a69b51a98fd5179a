// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetKit

/// Asks a server of the location whether it serves: what a container's health check runs.
struct HealthCommand<Location: CodeLocation>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "health", abstract: "Asks a running server whether it serves; exits with 1 where it does not, or drains.",
      discussion: "It is what a container's health check runs: it needs no secret, and nothing but this executable.")
  }

  @Option(help: "The address that the server listens on.") var host = "127.0.0.1"
  @Option(help: "The port that it listens on.") var port = 4271
  @Option(help: "The Unix socket that it listens on instead.") var socket: String?

  func validate() throws {
    guard (1...65_535).contains(port) else { throw ValidationError("--port must be within 1 and 65535, not \(port)") }
  }

  func run() async throws {
    let address = socket.map { ListenAddress.socket(path: $0) } ?? .network(host: host, port: port)
    if let problem = await HealthProbe(address).problem() {
      Output.error("\(Location.name): \(problem)")
      throw ExitCode.failure
    }
    Output.line("\(Location.name) serves at \(address)")
  }
}
