// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import GRPCCore
import GRPCNIOTransportHTTP2
import LocationWire
package import Workspace

/// Where a location listens, and how long its attempts may go on once it leaves the workspace.
package struct LocationEndpoint: Hashable, Sendable {
  package let name: LocationName
  package let address: LocationAddress
  package let grace: Duration
  /// How the location and this daemon know each other.
  package let credential: WorkspaceFile.Credential

  /// A location of a workspace file; a relative path starts at the file's folder.
  ///
  /// - Parameter secrets: a directory with a file for each location that the workspace names no secret for.
  package init(_ location: WorkspaceLocation, in file: WorkspaceFile, secrets: String? = nil) {
    credential = file.credential(of: location, secrets: secrets)
    name = location.name
    grace = location.grace
    switch location.address {
    case .tcp: address = location.address
    case .socket(let path): address = .socket(path: file.resolve(path))
    }
  }

  /// Whether a connection to one is a connection to the other.
  func isReached(as other: LocationEndpoint) -> Bool { address == other.address && credential == other.credential }

  /// The secret as its file has it now; nil where none is needed.
  ///
  /// - Throws: `CredentialError` where the file cannot be taken, or the workspace names none for a port.
  func secret() throws(CredentialError) -> LocationSecret? {
    switch credential {
    case .secretFile(let path): return try LocationSecret(contentsOf: path)
    case .peer, .insecure: return nil
    case .missing:
      throw CredentialError(
        "\(address) is a port, and the workspace names no secret for it: it is not connected\n"
          + "  mend: write 'secret_file: PATH' below the location in workspace.yaml, start the daemon with --secrets-dir, or write\n"
          + "        'insecure: true' where everybody who reaches the port may use it")
    }
  }

  var target: any ResolvableTarget {
    switch address {
    case .socket(let path): .unixDomainSocket(path: path)
    case .tcp(let host, let port):
      if host.contains(":") {
        .ipv6(address: host, port: port)
      } else if host.allSatisfy({ $0.isNumber || $0 == "." }) {
        .ipv4(address: host, port: port)
      } else {
        .dns(host: host, port: port)
      }
    }
  }
}

/// Every bound of a connection to a location.
package enum ConnectionLimits {
  /// How long `Challenge` may take.
  package static let challenge: Duration = .seconds(10)
  /// How long `Describe` may take.
  package static let describe: Duration = .seconds(30)
  /// About how many bytes one grant may take.
  package static let grantBytes = WireLimits.messageBytes / 4 * 3
  /// How long a preview may take.
  package static let preview: Duration = .seconds(30)
  /// About how many bytes of one session may wait for the store before no more is read from it.
  package static let outstandingBytes = 4 << 20
  /// How many reports of one message are decided without a pause: each may end a step of a thousand outputs.
  package static let reportsPerCommand = 8
  /// How long a session must last for the tries before it to be forgotten; each second of one forgets a try.
  package static let forgottenPerSecond = 1.0
  /// How often a location's slots may change.
  package static let capacityPeriod: Duration = .seconds(1)
  /// Bytes of what is said of a connection that ended, which may quote the location.
  package static let problemBytes = 1_024
  /// How many refused definitions of one manifest are logged.
  package static let loggedRefusals = 20
  /// A session without a word for so long is over; a host says that it lives every 5 s.
  package static let silence: Duration = .seconds(16)
  /// A session whose commands do not arrive, though the location says that it lives, is over: what goes there is lost on the way.
  /// It is looked at as often as heartbeats come, so that it is found at most two of them later.
  package static let acknowledgement: Duration = .seconds(30)
  /// The first delay between two tries, and the longest; each try doubles it, and half of it is jitter.
  package static let firstDelay: Duration = .milliseconds(100)
  package static let lastDelay: Duration = .seconds(5)
}
