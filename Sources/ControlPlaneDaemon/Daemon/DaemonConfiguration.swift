// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Foundation

/// What a daemon is started with.
package struct DaemonConfiguration: Hashable, Sendable {
  /// The path of `workspace.yaml`.
  package var workspace: String
  /// Everything that the daemon keeps lies under it.
  package var dataDirectory: URL
  package var store: StoreChoice
  /// Where the HTTP API binds.
  package var host: String
  /// 0 lets the system choose.
  package var port: Int
  /// What callers of the API must send as a bearer token; without one only this machine may ask.
  package var token: String?
  /// A directory with the secret of each location that the workspace names none for, in a file of the location's name.
  package var secretsDirectory: String?
  /// How many connections and live streams the API takes.
  package var limits: HTTPLimits
  /// How many files the process may open; nil where that is not known.
  package var descriptors: DescriptorBudget?

  package static let defaultPort = 4270

  package init(
    workspace: String = "workspace.yaml", dataDirectory: URL = URL(fileURLWithPath: ".sluice"),
    store: StoreChoice = .sqlite, host: String = "127.0.0.1",
    port: Int = DaemonConfiguration.defaultPort, token: String? = nil, secretsDirectory: String? = nil,
    limits: HTTPLimits = HTTPLimits(), descriptors: DescriptorBudget? = nil
  ) {
    self.workspace = workspace
    self.dataDirectory = dataDirectory.standardizedFileURL
    self.store = store
    self.host = host
    self.port = port
    self.token = token
    self.secretsDirectory = secretsDirectory
    self.limits = limits
    self.descriptors = descriptors
  }
}

extension DaemonConfiguration {
  /// Where the API is, as commands take it: an IPv6 address stands in brackets.
  package func url(port: Int) -> String {
    let host = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    return "http://\(host):\(port)"
  }
}

/// Why a daemon does not start: what is wrong, and the mend.
package struct DaemonError: Error, Hashable, Sendable, ShownConvertible, CustomStringConvertible {
  package let shown: Shown
  package var description: String { shown.text }
  package init(_ shown: Shown) { self.shown = shown }
}
