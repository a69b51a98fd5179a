// SPDX-License-Identifier: Apache-2.0

import AssetModel
import CodeLocationHost
import Foundation
import GRPCCore
import LocationWire
import SwiftProtobuf
import Testing

/// Whoever reaches a location's port meets this: a real server, and a client that knows the protocol as well as we do.
@Suite(.timeLimit(.minutes(10))) struct LocationPortTests {
  /// The code with which a call ends.
  private static func code(_ call: () async throws -> Void) async throws -> RPCError.Code? {
    do { try await call() } catch let error as RPCError { return error.code }
    return nil
  }

  @Test func `without a proof there is no manifest, no session and no preview, and health answers`() async throws {
    try await TestLocation.with { location in
      #expect(try await Self.code { _ = try await location.describe([:]) } == .unauthenticated)
      #expect(try await Self.code { try await location.session([:]) } == .unauthenticated)
      #expect(try await Self.code { _ = try await location.preview(.init(), [:]) } == .unauthenticated)
      #expect(location.notes.has("it carries no proof"))
      #expect(try await location.describe(location.metadata(.describe)) == "\(location.digest)")
      try await location.session(location.metadata(.session(Samples.incarnation, 1)))
    }
  }

  @Test func `what refuses a call tells no more than that`() async throws {
    try await TestLocation.with { location in
      var words: Set<String> = []
      var altered = try await location.answer().proof(of: .describe).bytes
      altered[altered.count - 1] ^= 1
      var header = GRPCCore.Metadata()
      header.addBinary(altered, forKey: CallProof.header)
      let spent = try await location.metadata(.describe)
      _ = try await location.describe(spent)
      for metadata in [
        [:], header, spent, ["sluice-proof-bin": "AAAA"], try await location.metadata(.session(Samples.incarnation, 1)),
      ] {
        let error = await #expect(throws: RPCError.self) { _ = try await location.describe(metadata) }
        words.insert("\(error?.code as Any) \(error?.message ?? "")")
      }
      #expect(words.count == 1, "\(words)")
      #expect(
        location.notes.has("the nonce is spent") && location.notes.has("not of this call") && location.notes.has("malformed"))
    }
  }

  @Test func `another secret does not open it, nor does it pass for the location's`() async throws {
    try await TestLocation.with { location in
      let wrong = location.folder.appending(path: "wrong").path()
      try TestLocation.write(String(repeating: "w", count: 40), to: wrong)
      await #expect(throws: CredentialError.self) { _ = try await location.answer(with: wrong) }
      await #expect(throws: CredentialError.self) { _ = try await location.answer(as: "fleet") }
    }
  }

  @Test func `a proof opens one session, of its own store and epoch`() async throws {
    try await TestLocation.with { location in
      let metadata = try await location.metadata(.session(Samples.incarnation, 3))
      #expect(try await Self.code { try await location.session(metadata, epoch: .max) } == .unauthenticated)
      #expect(
        try await Self.code { try await location.session(metadata, incarnation: Incarnation(1), epoch: 3) } == .unauthenticated)
      try await location.session(metadata, epoch: 3)
      #expect(try await Self.code { try await location.session(metadata, epoch: 3) } == .unauthenticated, "it is spent")
      let next = try await location.metadata(.session(Samples.incarnation, 4))
      try await location.session(next, epoch: 4)
    }
  }

  @Test func `the highest epoch locks nobody out where nobody proves whose it is`() async throws {
    try await TestLocation.with(secret: nil) { location in
      #expect(try await Self.code { try await location.session([:], epoch: .max) } == .failedPrecondition)
      try await location.session([:], epoch: 5)
      #expect(try await Self.code { _ = try await location.client.challenge(ChallengeAnswer.request()) } == .failedPrecondition)
    }
  }

  // MARK: Commands

  private static func message(_ commands: Command..., sealedBy seal: CommandSeal?) throws -> Sluice_Location_V1_SessionRequest {
    var message = Sluice_Location_V1_SessionRequest()
    try message.setCommands(first: 1, commands, sealedBy: seal)
    return message
  }

  private static let discard = Settlement(version: Samples.version(1), decision: .discard, locator: nil)

  @Test func `grants and settlements without their stream's proof are not carried out, and end it`() async throws {
    try await TestLocation.with { location in
      let grant = Command.grant(Samples.grant(1, manifest: location.digest))
      let other = try await location.answer().seal(Samples.incarnation, 1)
      for command in [grant, .settle(Self.discard), .cancel(Samples.attempt(1))] {
        for seal in [nil, other] {
          let metadata = try await location.metadata(.session(Samples.incarnation, 1))
          let message = try Self.message(command, sealedBy: seal)
          let code = try await Self.code {
            try await location.session(metadata, [message]) { response in
              if case .events(let events) = response.body {
                #expect(events.events.allSatisfy { $0.status.last })
              }
              return false
            }
          }
          #expect(code == .unauthenticated)
        }
      }
      #expect(location.runner.settled.isEmpty)
      #expect(location.host.heartbeat.inFlight == 0)
      #expect(location.notes.has("commands refused") && location.notes.has("come without a proof"))
    }
  }

  @Test func `grants and settlements with the proof are carried out`() async throws {
    try await TestLocation.with { location in
      let answer = try await location.answer()
      let metadata = TestLocation.metadata(answer.proof(of: .session(Samples.incarnation, 1)))
      let message = try Self.message(
        .grant(Samples.grant(1, manifest: location.digest)), .settle(Self.discard),
        sealedBy: answer.seal(Samples.incarnation, 1))
      let seen = Seen()
      try await location.session(metadata, [message]) { response in
        if case .events(let events) = response.body { return await seen.add(events.events) }
        return false
      }
      #expect(location.runner.settled == [Self.discard])
    }
  }

  /// Whether both an attempt's end and a settlement have been told.
  private actor Seen {
    var hasFinished = false
    var hasSettled = false

    func add(_ events: [Sluice_Location_V1_Event]) -> Bool {
      for event in events {
        if case .finished? = event.report.report { hasFinished = true }
        if case .settled? = event.event { hasSettled = true }
      }
      return hasFinished && hasSettled
    }
  }

  // MARK: Two stores

  @Test func `a second control plane is refused with words, and the first goes on undisturbed`() async throws {
    try await TestLocation.with { location in
      let answer = try await location.answer()
      let metadata = TestLocation.metadata(answer.proof(of: .session(Samples.incarnation, 1)))
      let message = try Self.message(.settle(Self.discard), sealedBy: answer.seal(Samples.incarnation, 1))
      let seen = Seen()
      try await location.session(metadata, [message]) { response in
        guard case .events(let events) = response.body, await !seen.hasSettled else { return await seen.hasSettled }
        _ = await seen.add(events.events)
        guard await seen.hasSettled else { return false }
        // Within the first one's session.
        let second = try await location.metadata(.session(Incarnation(1), 1))
        let error = await #expect(throws: RPCError.self) {
          try await location.session(second, incarnation: Incarnation(1))
        }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message.contains("store \(Samples.incarnation)") == true && error?.message.contains("mend: stop") == true)
        return false
      }
      #expect(await seen.hasSettled)
    }
  }

  // MARK: The secret's file

  @Test func `a secret is rotated without a restart`() async throws {
    try await TestLocation.with { location in
      _ = try await location.describe(location.metadata(.describe))
      let old = location.folder.appending(path: "old").path()
      try FileManager.default.copyItem(atPath: location.secretFile, toPath: old)
      try TestLocation.write(String(repeating: "n", count: 40), to: location.secretFile)
      await #expect(throws: CredentialError.self) { _ = try await location.answer(with: old) }
      _ = try await location.describe(location.metadata(.describe))
    }
  }

  @Test func `a secret that others can read closes the port until it is mended`() async throws {
    try await TestLocation.with { location in
      let manager = FileManager.default
      try manager.setAttributes([.posixPermissions: 0o644], ofItemAtPath: location.secretFile)
      let error = await #expect(throws: RPCError.self) { _ = try await location.client.challenge(ChallengeAnswer.request()) }
      #expect(error?.code == .unavailable && error?.message.contains(location.secretFile) == false)
      #expect(location.notes.has("chmod 600"))
      try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: location.secretFile)
      _ = try await location.describe(location.metadata(.describe))
    }
  }

  // MARK: Preview

  @Test func `a preview shows the location's own versions in its own storage, and no other file`() async throws {
    try await TestLocation.with { location in
      let place = "\(location.folder.appending(path: "storage").path())/tests.numbers/v000001-\(Samples.incarnation)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try Data("1\n2\n".utf8).write(to: URL(filePath: place).appending(path: "data.jsonl"))
      let elsewhere = location.folder.appending(path: "elsewhere/tests.numbers/v000001-\(Samples.incarnation)")
      try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
      try Data("9\n".utf8).write(to: elsewhere.appending(path: "data.jsonl"))

      let good = Sluice_Location_V1_PreviewRequest.with {
        $0.version =
          PinnedVersion(
            version: Samples.version(1), locator: Locator(scheme: "file", uri: "file://\(place)/data.jsonl", format: "jsonl/1")
          ).wire
      }
      #expect(try await location.preview(good) == [["1"], ["2"]])

      let uris = [
        "file:///etc/passwd", "file://\(elsewhere.path())/data.jsonl", "file://\(place)/../../../secret",
        "file://\(place)/../v000001-\(Samples.incarnation)/data.jsonl", "file://\(place)/version.json",
        "file://\(place)/%2e%2e/v000001-\(Samples.incarnation)/data.jsonl", "data.jsonl", "",
      ]
      for uri in uris {
        var request = good
        request.version.locator.uri = uri
        let code = try await Self.code { _ = try await location.preview(request) }
        #expect(code == .failedPrecondition || code == .invalidArgument, "\(uri)")
      }
      let changes: [(inout Sluice_Location_V1_PreviewRequest) -> Void] = [
        { $0.version.version.asset = "weather/hourly" }, { $0.version.version.number = 2 },
        { $0.version.version.partition = "2013-01-01" }, { $0.version.version.incarnation = 1 },
        { $0.version.locator.format = "csv/1" }, { $0.version.locator.scheme = "inline" },
      ]
      for change in changes {
        var request = good
        change(&request)
        let code = try await Self.code { _ = try await location.preview(request) }
        #expect(code == .failedPrecondition, "\(request)")
      }
      // A proof of one preview opens no other.
      var other = good
      other.limit = 7
      let metadata = try await location.metadata(.preview(good))
      #expect(try await Self.code { _ = try await location.preview(other, metadata) } == .unauthenticated)
    }
  }

  // MARK: Before anything is proved

  @Test func `a caller who has proved nothing sends no more than a little`() async throws {
    try await TestLocation.with { location in
      let request = Sluice_Location_V1_ChallengeRequest.with {
        $0.clientNonce = Data(count: WireLimits.unprovenBytes + 1)
      }
      let code = try await Self.code { _ = try await location.client.challenge(request) }
      #expect(code == .resourceExhausted)
    }
  }
}
