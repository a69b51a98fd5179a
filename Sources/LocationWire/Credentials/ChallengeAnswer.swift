// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Crypto
import Foundation
import SwiftProtobuf

/// A control plane's side of one challenge: it has seen the location's proof, and proves one call of its own.
package struct ChallengeAnswer: Sendable {
  private let secret: LocationSecret
  private let location: String
  private let client: [UInt8]
  private let server: [UInt8]

  /// A request with a nonce of its own.
  package static func request() -> Sluice_Location_V1_ChallengeRequest {
    var random = SystemRandomNumberGenerator()
    let nonce = (0..<WireLimits.nonceBytes).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    return .with { $0.clientNonce = Data(nonce) }
  }

  /// Takes what the location answered to a request.
  ///
  /// - Throws: ``CredentialError`` where it does not prove that it holds the secret of this location.
  package init(
    _ response: Sluice_Location_V1_ChallengeResponse, to request: Sluice_Location_V1_ChallengeRequest, location: LocationName,
    secret: LocationSecret
  ) throws(CredentialError) {
    self.secret = secret
    self.location = location.description
    client = Array(request.clientNonce)
    server = Array(response.serverNonce)
    let proof = ProofParts(.server, self.location, client: client, server: server).code(secret.key)
    guard proof == response.proof else {
      // Its bytes: what a stranger calls itself may take long to compare as text.
      guard response.location.utf8.elementsEqual(self.location.utf8) else {
        throw CredentialError(
          "it calls itself '\(response.location.cut(toBytes: Limits.nameLength, mark: "…"))', and workspace.yaml '\(location)'")
      }
      throw CredentialError(
        "the location does not hold the secret that this control plane has for it: it was given another, or was started by another "
          + "control plane\n  mend: give both the same secret file, or stop the other control plane and its locations")
    }
  }

  /// The proof of one call.
  package func proof(of call: ProvenCall) -> CallProof {
    var parts = ProofParts(.client, location, client: client, server: server)
    call.append(to: &parts)
    return CallProof(client: client, server: server, code: Array(parts.code(secret.key)))
  }

  /// What seals the commands of the session that is opened with this answer.
  package func seal(_ incarnation: Incarnation, _ epoch: Epoch) -> CommandSeal {
    CommandSeal(location: location, client: client, server: server, incarnation, epoch, secret: secret)
  }
}

extension CommandSeal {
  /// What checks the commands of a session that was opened with a proof.
  package init(_ proof: CallProof, location: LocationName, _ incarnation: Incarnation, _ epoch: Epoch, secret: LocationSecret) {
    self.init(
      location: location.description, client: proof.client, server: proof.server, incarnation, epoch, secret: secret)
  }

  fileprivate init(
    location: String, client: [UInt8], server: [UInt8], _ incarnation: Incarnation, _ epoch: Epoch, secret: LocationSecret
  ) {
    var parts = ProofParts(.session, location, client: client, server: server)
    parts.append(UInt64(incarnation.value))
    parts.append(epoch)
    self.init(key: .init(data: Array(parts.code(secret.key))))
  }
}
