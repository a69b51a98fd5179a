// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI
import Foundation

/// How a command reaches the daemon, and how it answers.
struct ConnectionOptions: ParsableArguments {
  @Option(help: "Where the daemon is. [env: SLUICE_URL]")
  var url = ProcessInfo.processInfo.environment["SLUICE_URL"] ?? DaemonDefaults.url

  @Flag(help: "Answer in JSON, of the shape that docs/cli.md states.")
  var json = false

  var client: ControlPlaneClient {
    ControlPlaneClient(url: url, token: ProcessInfo.processInfo.environment["SLUICE_TOKEN"])
  }

  /// Prints a value: as JSON where that was asked for, else as `text` makes it.
  func print<Value: Encodable>(_ value: Value, _ text: (Value, Style) -> Shown) throws {
    Console.out(json ? try Self.json(value) : text(value, .out))
  }

  /// As `--json` asks for it.
  static func json(_ value: some Encodable) throws -> Shown {
    Shown(json: String(decoding: try APICoding.encodePretty(value), as: UTF8.self))
  }
}

/// Where a daemon is when nobody says otherwise.
package enum DaemonDefaults {
  package static let port = 4270
  package static let url = "http://127.0.0.1:4270"
  package static let workspace = "workspace.yaml"
  package static let dataDirectory = ".sluice"
}
