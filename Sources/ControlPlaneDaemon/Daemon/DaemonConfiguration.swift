// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// What a daemon is started with.
package struct DaemonConfiguration: Hashable, Sendable {
  /// The path of `workspace.yaml`.
  package var workspace: String
  /// Everything that the daemon keeps lies under it.
  package var dataDirectory: URL
  /// Where the HTTP API binds.
  package var host: String
  /// 0 lets the system choose.
  package var port: Int

  package static let defaultPort = 4270

  package init(
    workspace: String = "workspace.yaml", dataDirectory: URL = URL(fileURLWithPath: ".sluice"), host: String = "127.0.0.1",
    port: Int = DaemonConfiguration.defaultPort
  ) {
    self.workspace = workspace
    self.dataDirectory = dataDirectory.standardizedFileURL
    self.host = host
    self.port = port
  }

  /// Whether only this machine can reach the API; elsewhere needs authentication, which does not exist yet.
  package var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }
  }
}

/// Why a daemon does not start: what is wrong, and the mend.
package struct DaemonError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
