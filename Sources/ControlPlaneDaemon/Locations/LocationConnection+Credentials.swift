// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import LocationWire
import Orchestrator

/// Each call to a location with a secret begins with a challenge: the location proves first that it holds it.
extension LocationConnection {
  /// The metadata of one call; empty where it needs no proof.
  ///
  /// - Throws: `CredentialError` where the location does not prove itself; `RPCError` where it does not answer.
  func prove(_ call: ProvenCall, to client: Client, with secret: LocationSecret?) async throws -> GRPCCore.Metadata {
    guard let secret else { return [:] }
    return GRPCCore.Metadata(try await challenge(client, secret).proof(of: call))
  }

  /// The metadata that opens a session, and what seals its commands.
  ///
  /// - Throws: as ``prove(_:to:with:)``.
  func proveSession(
    _ reign: Reign, to client: Client, with secret: LocationSecret?
  ) async throws -> (proof: GRPCCore.Metadata, seal: CommandSeal?) {
    guard let secret else { return ([:], nil) }
    let answer = try await challenge(client, secret)
    return (
      GRPCCore.Metadata(answer.proof(of: .session(reign.incarnation, reign.epoch))), answer.seal(reign.incarnation, reign.epoch)
    )
  }

  private func challenge(_ client: Client, _ secret: LocationSecret) async throws -> ChallengeAnswer {
    var options = CallOptions.defaults
    options.timeout = ConnectionLimits.challenge
    let request = ChallengeAnswer.request()
    let response = try await client.challenge(request, options: options)
    return try ChallengeAnswer(response, to: request, location: endpoint.name, secret: secret)
  }
}

extension GRPCCore.Metadata {
  fileprivate init(_ proof: CallProof) {
    self = [:]
    addBinary(proof.bytes, forKey: CallProof.header)
  }
}
