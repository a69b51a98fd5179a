// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import SwiftProtobuf

/// A location's side of its challenges, as a value: it gives out nonces, and takes each once, for a while.
///
/// A nonce carries its own end and a code of this desk's over it, so that whoever only asks for nonces fills no table and drops
/// nobody else's. Remembered are those that a valid proof has spent, until their time is over: only holders of the secret can add
/// to them, and at most ``WireLimits/spentChallenges``.
package struct ChallengeDesk: Sendable {
  private static let randomBytes = 16
  private static let timeBytes = 8
  private static let tagBytes = 16
  /// Bytes of a nonce.
  package static let nonceBytes = randomBytes + timeBytes + tagBytes

  private let location: String
  private let began: ContinuousClock.Instant
  /// Of this process alone: nonces of an earlier one are none.
  private let key = CryptoValue(SymmetricKey(size: .bits256))
  private var spent: [[UInt8]: UInt64] = [:]

  package init(location: String, at began: ContinuousClock.Instant) {
    self.location = location
    self.began = began
  }

  /// What `Challenge` answers.
  ///
  /// - Throws: ``CredentialError`` where the client's nonce is none.
  package func challenge(
    _ request: Sluice_Location_V1_ChallengeRequest, secret: LocationSecret, at now: ContinuousClock.Instant
  ) throws(CredentialError) -> Sluice_Location_V1_ChallengeResponse {
    let client = Array(request.clientNonce)
    guard client.count == WireLimits.nonceBytes else {
      throw CredentialError("client_nonce has \(WireLimits.nonceBytes) bytes (nonceBytes), not \(client.count)")
    }
    var random = SystemRandomNumberGenerator()
    let fresh = (0..<Self.randomBytes).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    let end = microseconds(now + WireLimits.challengeLifetime)
    let body = fresh + withUnsafeBytes(of: end.bigEndian) { Array($0) }
    let server = body + tag(of: body, for: client)
    let proof = ProofParts(.server, location, client: client, server: server).code(secret.key)
    return .with {
      $0.location = location
      $0.serverNonce = .init(server)
      $0.proof = .init(proof)
    }
  }

  /// Takes the proof of a call, and spends its nonce.
  ///
  /// - Throws: ``CredentialError`` where it is none of this call, or its nonce is spent, over, or not of this desk. A wrong proof spends
  ///   no nonce.
  package mutating func admit(
    _ proof: CallProof, for call: ProvenCall, secret: LocationSecret, at now: ContinuousClock.Instant
  ) throws(CredentialError) {
    let body = Array(proof.server.prefix(Self.randomBytes + Self.timeBytes))
    let end = body.suffix(Self.timeBytes).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard isTag(proof.server.suffix(Self.tagBytes), of: body, for: proof.client) else {
      throw CredentialError("the nonce is not of this server")
    }
    guard microseconds(now) < end else { throw CredentialError("the nonce is older than \(WireLimits.challengeLifetime)") }
    var parts = ProofParts(.client, location, client: proof.client, server: proof.server)
    call.append(to: &parts)
    guard parts.code(secret.key) == proof.code else {
      throw CredentialError("the proof is not of this call, or of another secret")
    }
    try spend(proof.server, until: end, at: now)
  }

  private mutating func spend(_ nonce: [UInt8], until end: UInt64, at now: ContinuousClock.Instant) throws(CredentialError) {
    guard spent[nonce] == nil else { throw CredentialError("the nonce is spent") }
    if spent.count >= WireLimits.spentChallenges {
      let instant = microseconds(now)
      spent = spent.filter { $0.value > instant }
    }
    guard spent.count < WireLimits.spentChallenges else {
      throw CredentialError(
        "more than \(WireLimits.spentChallenges) calls (spentChallenges) within \(WireLimits.challengeLifetime)")
    }
    spent[nonce] = end
  }

  private func code(of body: [UInt8], for client: [UInt8]) -> HMAC<SHA256>.MAC {
    HMAC<SHA256>.authenticationCode(for: client + body, using: key.value)
  }

  private func tag(of body: [UInt8], for client: [UInt8]) -> [UInt8] { Array(code(of: body, for: client).prefix(Self.tagBytes)) }

  /// Compares all bytes whatever the difference.
  private func isTag(_ tag: some Collection<UInt8>, of body: [UInt8], for client: [UInt8]) -> Bool {
    zip(tag, self.tag(of: body, for: client)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// Since the desk began; 0 for what lies before.
  private func microseconds(_ instant: ContinuousClock.Instant) -> UInt64 {
    let whole = (instant - began) / .microseconds(1)
    return whole > 0 ? UInt64(min(whole, 9e18)) : 0
  }
}
