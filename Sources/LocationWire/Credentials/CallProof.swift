// SPDX-License-Identifier: Apache-2.0

/// What a caller sends to prove that it holds the secret: both nonces, and a code over them and the call.
package struct CallProof: Hashable, Sendable {
  /// The metadata of a call that it travels in.
  package static let header = "sluice-proof-bin"

  let client: [UInt8]
  let server: [UInt8]
  let code: [UInt8]

  /// The value of the header.
  package var bytes: [UInt8] { client + server + code }

  init(client: [UInt8], server: [UInt8], code: [UInt8]) {
    self.client = client
    self.server = server
    self.code = code
  }

  /// nil where the bytes cannot be a proof.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == WireLimits.nonceBytes + ChallengeDesk.nonceBytes + WireLimits.proofBytes else { return nil }
    client = Array(bytes.prefix(WireLimits.nonceBytes))
    server = Array(bytes.dropFirst(WireLimits.nonceBytes).prefix(ChallengeDesk.nonceBytes))
    code = Array(bytes.suffix(WireLimits.proofBytes))
  }
}
