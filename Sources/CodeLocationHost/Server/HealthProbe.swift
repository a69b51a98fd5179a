// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import GRPCCore
import GRPCNIOTransportHTTP2
import LocationWire

/// Asks a server of a location, by `grpc.health.v1.Health`, whether it serves; nobody needs a secret for that.
package struct HealthProbe: Sendable {
  private let address: ListenAddress
  private let patience: Duration

  /// - Parameters:
  ///   - address: Where the server listens.
  ///   - patience: How long it may take to answer.
  package init(_ address: ListenAddress, patience: Duration = HostLimits.healthPatience) {
    self.address = address
    self.patience = patience
  }

  /// What keeps the server from serving, or nil where it serves.
  package func problem() async -> Shown? {
    do {
      let transport = try HTTP2ClientTransport.Posix(target: target, transportSecurity: .plaintext)
      var options = CallOptions.defaults
      options.timeout = patience
      options.waitForReady = false
      let status = try await withGRPCClient(transport: transport) { [options] client in
        try await Grpc_Health_V1_Health.Client(wrapping: client).check(.init(), options: options).status
      }
      return status == .serving ? nil : "the server at \(address) takes no new steps: it drains"
    } catch let error as RPCError where error.code == .deadlineExceeded {
      return "the server at \(address) does not answer within \(patience)"
    } catch let error as RPCError {
      return "no server of a location answers at \(address): \(error.message)"
    } catch {
      return "no server of a location can be asked at \(address): \("\(error)")"
    }
  }

  private var target: any ResolvableTarget {
    switch address {
    case .socket(let path): .unixDomainSocket(path: path)
    case .network(let host, let port): host.contains(":") ? .ipv6(address: host, port: port) : .dns(host: host, port: port)
    }
  }
}
