// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import LocationWire
import SwiftProtobuf
import Testing

@Suite struct ChallengeTests {
  private let secret: LocationSecret
  private let other: LocationSecret
  private let location: LocationName
  private let start = ContinuousClock.now
  private var desk: ChallengeDesk

  init() throws {
    secret = try LocationSecret(String(repeating: "s", count: 32).utf8)
    other = try LocationSecret(String(repeating: "o", count: 32).utf8)
    location = try LocationName("team")
    desk = ChallengeDesk(location: "team", at: start)
  }

  private func answer() throws -> ChallengeAnswer {
    let request = ChallengeAnswer.request()
    return try ChallengeAnswer(
      try desk.challenge(request, secret: secret, at: start), to: request, location: location, secret: secret)
  }

  private mutating func admit(
    _ proof: CallProof, _ call: ProvenCall, _ secret: LocationSecret? = nil, after delay: Duration = .zero
  ) throws {
    try desk.admit(proof, for: call, secret: secret ?? self.secret, at: start + delay)
  }

  /// Whether a proof is refused, in words that name the reason.
  private mutating func isRefused(
    _ proof: CallProof, _ call: ProvenCall, _ words: String, _ secret: LocationSecret? = nil, after delay: Duration = .zero
  ) -> Bool {
    do { try admit(proof, call, secret, after: delay) } catch { return "\(error)".contains(words) }
    return false
  }

  @Test mutating func `who holds the secret is admitted once`() throws {
    let proof = try answer().proof(of: .describe)
    let sent = try #require(CallProof(proof.bytes))
    try admit(sent, .describe)
    let again = isRefused(sent, .describe, "spent")
    #expect(again)
  }

  @Test mutating func `a proof is good for a while`() throws {
    let (first, second) = (try answer().proof(of: .describe), try answer().proof(of: .describe))
    try admit(first, .describe, after: WireLimits.challengeLifetime - .milliseconds(1))
    let late = isRefused(second, .describe, "older than", after: WireLimits.challengeLifetime)
    #expect(late)
  }

  @Test mutating func `a proof by another secret, for another method, epoch, store or location is none, and spends nothing`()
    throws
  {
    let answer = try answer()
    let proof = answer.proof(of: .session(Incarnation(7), 3))
    let refusals = [
      isRefused(proof, .session(Incarnation(7), 3), "not of this call", other),
      isRefused(proof, .session(Incarnation(7), 4), "not of this call"),
      isRefused(proof, .session(Incarnation(7), .max), "not of this call"),
      isRefused(proof, .session(Incarnation(8), 3), "not of this call"),
      isRefused(proof, .describe, "not of this call"),
    ]
    #expect(refusals == Array(repeating: true, count: refusals.count))
    let neighbour = try LocationName("neighbour")
    var elsewhere = ChallengeDesk(location: neighbour.description, at: start)
    #expect(throws: CredentialError.self) {
      try elsewhere.admit(proof, for: .session(Incarnation(7), 3), secret: secret, at: start)
    }
    try admit(proof, .session(Incarnation(7), 3))
  }

  @Test mutating func `a preview's proof covers the whole request`() throws {
    let request = Sluice_Location_V1_PreviewRequest.with {
      $0.version.version.asset = "team/rows"
      $0.version.locator.uri = "file:///data/a"
      $0.limit = 3
    }
    let proof = try answer().proof(of: .preview(request))
    let changes: [(inout Sluice_Location_V1_PreviewRequest) -> Void] = [
      { $0.version.version.asset = "team/other" }, { $0.version.version.number = 2 }, { $0.version.version.partition = "a" },
      { $0.version.version.incarnation = 1 }, { $0.version.locator.uri = "file:///etc/passwd" },
      { $0.version.locator.scheme = "file" }, { $0.version.locator.format = "csv/1" }, { $0.version.locator.size = 0 },
      { $0.version.locator.contentHash = "sha256:0" }, { $0.limit = 4 },
      // Nothing of one field may slide into the next.
      {
        $0.version.locator.uri = "file:///data/"
        $0.version.locator.format = "a"
      },
    ]
    for change in changes {
      var changed = request
      change(&changed)
      let refused = isRefused(proof, .preview(changed), "not of this call")
      #expect(refused, "\(changed)")
    }
    try admit(proof, .preview(request))
  }

  @Test mutating func `nonces of another process, and bytes that are no proof, are refused`() throws {
    let proof = try answer().proof(of: .describe)
    desk = ChallengeDesk(location: "team", at: start)
    let refused = isRefused(proof, .describe, "not of this server")
    #expect(refused)
    #expect(CallProof([]) == nil)
    #expect(CallProof(proof.bytes.dropLast()) == nil)
    #expect(CallProof(proof.bytes + [0]) == nil)
    var forged = proof.bytes
    forged[40] ^= 1
    let altered = isRefused(try #require(CallProof(forged)), .describe, "not of this server")
    #expect(altered)
  }

  @Test mutating func `asking for nonces without end spends none of those that are proved`() throws {
    let proof = try answer().proof(of: .describe)
    for _ in 0..<2_000 { _ = try desk.challenge(ChallengeAnswer.request(), secret: secret, at: start) }
    try admit(proof, .describe)
  }

  @Test mutating func `holders of the secret are bounded too, until earlier nonces are over`() throws {
    for _ in 0..<WireLimits.spentChallenges { try admit(try answer().proof(of: .describe), .describe) }
    let refused = isRefused(try answer().proof(of: .describe), .describe, "spentChallenges")
    #expect(refused)
    let request = ChallengeAnswer.request()
    let later = start + WireLimits.challengeLifetime
    let response = try desk.challenge(request, secret: secret, at: later)
    let proof = try ChallengeAnswer(response, to: request, location: location, secret: secret).proof(of: .describe)
    try admit(proof, .describe, after: WireLimits.challengeLifetime)
  }

  @Test func `a location that does not hold the secret is not believed`() throws {
    let request = ChallengeAnswer.request()
    let response = try desk.challenge(request, secret: other, at: start)
    let error = #expect(throws: CredentialError.self) {
      _ = try ChallengeAnswer(response, to: request, location: location, secret: secret)
    }
    #expect("\(error as Any)".contains("does not hold the secret") && "\(error as Any)".contains("mend:"))
    let misnamed = try ChallengeDesk(location: "fleet", at: start).challenge(request, secret: secret, at: start)
    let wrong = #expect(throws: CredentialError.self) {
      _ = try ChallengeAnswer(misnamed, to: request, location: location, secret: secret)
    }
    #expect("\(wrong as Any)".contains("calls itself 'fleet'"))
    let proper = try desk.challenge(request, secret: secret, at: start)
    #expect(throws: CredentialError.self) {
      // An answer to another challenge, replayed.
      _ = try ChallengeAnswer(proper, to: ChallengeAnswer.request(), location: location, secret: secret)
    }
    #expect(throws: CredentialError.self) { _ = try desk.challenge(.init(), secret: secret, at: start) }
  }

  // MARK: Commands

  private func seals(_ epoch: Epoch = 1) throws -> (daemon: CommandSeal, host: CommandSeal) {
    let answer = try answer()
    let proof = answer.proof(of: .session(Incarnation(7), epoch))
    return (
      answer.seal(Incarnation(7), epoch), CommandSeal(proof, location: location, Incarnation(7), epoch, secret: secret)
    )
  }

  @Test func `sealed commands arrive as they were sent, and no others do`() throws {
    let seals = try seals()
    let commands: [Command] = [.cancel(Samples.attempt(1)), .grant(Samples.grant(Samples.attempt(2)))]
    var message = Sluice_Location_V1_SessionRequest()
    try message.setCommands(first: 5, commands, sealedBy: seals.daemon)
    let read = try #require(try message.commands(sealedBy: seals.host))
    #expect(read.first == 5)
    #expect(read.commands.map { Received<Command>(wire: $0) } == commands.map { .item($0) })

    var forged = message
    forged.sealed.commands[2] ^= 1
    #expect(throws: WireError.self) { try forged.commands(sealedBy: seals.host) }
    forged = message
    forged.sealed.proof = Data()
    #expect(throws: WireError.self) { try forged.commands(sealedBy: seals.host) }
    let otherStream = try self.seals().host
    #expect(throws: WireError.self) { try message.commands(sealedBy: otherStream) }
    #expect(throws: WireError.self) { try message.commands(sealedBy: nil) }

    var plain = Sluice_Location_V1_SessionRequest()
    try plain.setCommands(first: 5, commands, sealedBy: nil)
    let error = #expect(throws: WireError.self) { try plain.commands(sealedBy: seals.host) }
    #expect(error?.code == .unproven)
    #expect(try plain.commands(sealedBy: nil)?.commands.count == 2)
  }

  @Test func `sealed commands are the message that the protocol describes`() throws {
    let commands: [Command] =
      [.grant(Samples.grant(Samples.attempt(2))), .grant(Samples.checkOnly), .cancel(Samples.attempt(1))]
      + Samples.settlements.map { .settle($0) }
    for first in [0, 1, 1 << 40] as [UInt64] {
      var message = Sluice_Location_V1_SessionRequest()
      try message.setCommands(first: first, commands, sealedBy: try seals().daemon)
      let plain = Sluice_Location_V1_SessionRequest.Commands.with {
        $0.first = first
        $0.commands = commands.map(\.wire)
      }
      #expect(try message.sealed.commands == plain.serializedBytes())
    }
  }

  @Test func `the figures of a seal stay as the protocol states them`() throws {
    // Computed with Python's hmac over the parts that location.proto lists.
    let request = Sluice_Location_V1_ChallengeRequest.with { $0.clientNonce = Data(repeating: 1, count: 32) }
    let nonce = Data(repeating: 2, count: 40)
    let response = Sluice_Location_V1_ChallengeResponse.with {
      $0.location = "team"
      $0.serverNonce = nonce
      $0.proof = Self.hex("69918f64eeb166dadaa0854e6726683d8a7cd2519549ac2b36084f3c8dec7cf5")
    }
    let answer = try ChallengeAnswer(response, to: request, location: location, secret: secret)
    #expect(
      Data(answer.proof(of: .session(Incarnation(7), 3)).bytes.suffix(32))
        == Self.hex("95f398f96a1f7883192d30b5424d911877990234005e6f180062bfbe67c3dab0"))
    #expect(
      answer.seal(Incarnation(7), 3).proof(of: Data("abc".utf8))
        == Self.hex("01dee904c99208f0700f5c56baeede25dfa3517df9a1551bfe608a17fd72a387"))
  }

  @Test func `an error has its mend on the same line where there is room for one line only`() {
    let error = CredentialError("no secret\n  mend: write one,\n        or say 'insecure: true'")
    #expect(error.line == "no secret; mend: write one, or say 'insecure: true'")
    #expect(CredentialError("no secret").line == "no secret")
  }

  private static func hex(_ text: String) -> Data {
    var digits = text[...]
    var data = Data()
    while !digits.isEmpty {
      data.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
      digits = digits.dropFirst(2)
    }
    return data
  }
}
