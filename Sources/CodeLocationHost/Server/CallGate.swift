// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import GRPCCore
package import LocationWire
import Logging
import Synchronization

/// Lets a call in where it proves that its caller holds the location's secret, or where none is needed.
package final class CallGate: Sendable {
  private let location: LocationName
  private let credential: SecretCache
  private let connections: PeerConnections
  private let refusals: RefusalLog
  private let desk: Mutex<ChallengeDesk>

  /// - Parameter connections: learn of whom a call was admitted.
  package init(
    _ location: LocationName, _ credential: LocationCredential, _ connections: PeerConnections, _ refusals: RefusalLog
  ) {
    self.location = location
    self.credential = SecretCache(credential)
    self.connections = connections
    self.refusals = refusals
    desk = Mutex(ChallengeDesk(location: location.description, at: .now))
  }

  /// What `Challenge` answers.
  ///
  /// - Throws: `RPCError`.
  package func challenge(
    _ request: Sluice_Location_V1_ChallengeRequest, of peer: PeerName
  ) async throws -> Sluice_Location_V1_ChallengeResponse {
    // Before the secret is read, which takes a while where the machine is busy.
    connections.challenged(peer)
    guard let secret = try await secret() else {
      throw RPCError(code: .failedPrecondition, message: "this location was started without a secret")
    }
    do {
      return try desk.withLock { (desk) throws(CredentialError) in try desk.challenge(request, secret: secret, at: .now) }
    } catch { throw RPCError(code: .invalidArgument, message: "\(error)") }
  }

  /// A call that may go on.
  package struct Admission: Sendable {
    /// What checks the commands of a session; nil where no secret is needed.
    package let seal: CommandSeal?
  }

  /// Spends the proof in a call's metadata.
  ///
  /// - Throws: `RPCError` with UNAUTHENTICATED; why is said in this host's log alone.
  package func admit(_ call: ProvenCall, _ metadata: GRPCCore.Metadata, of peer: PeerName) async throws -> Admission {
    let admission = try await admission(of: call, metadata)
    connections.prove(peer)
    return admission
  }

  private func admission(of call: ProvenCall, _ metadata: GRPCCore.Metadata) async throws -> Admission {
    guard let secret = try await secret() else { return Admission(seal: nil) }
    let sent = metadata[binaryValues: CallProof.header].first { _ in true }
    guard let sent else { throw refused(call, "it carries no proof") }
    guard let proof = CallProof(sent) else { throw refused(call, "its proof is malformed") }
    do {
      try desk.withLock { (desk) throws(CredentialError) in try desk.admit(proof, for: call, secret: secret, at: .now) }
    } catch { throw refused(call, "\(error)") }
    guard case .session(let incarnation, let epoch) = call else { return Admission(seal: nil) }
    return Admission(seal: CommandSeal(proof, location: location, incarnation, epoch, secret: secret))
  }

  private func refused(_ call: ProvenCall, _ reason: String) -> RPCError {
    refusals.note("call refused", reason, method: "\(call.method)")
    return RPCError(
      code: .unauthenticated, message: "this location has a secret, and the call does not prove that its caller holds it")
  }

  /// Looked at away from the loop that serves everybody.
  private func secret() async throws -> LocationSecret? {
    do {
      return try await withTaskExecutorPreference(globalConcurrentExecutor) { [credential] in try credential.secret() }
    } catch {
      refusals.note("the secret cannot be taken", "\(error)", level: .error)
      throw RPCError(code: .unavailable, message: "this location cannot read its secret: its log says why")
    }
  }
}
