// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import Foundation
import LocationWire

struct SealsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seals",
    abstract: "What it costs to prove commands: sealing them, as the daemon does, or checking them, as a location does.",
    discussion: "With --plain the same messages are made or read without a seal: the difference is what the proof costs.")

  @Option(help: "How many grants a round holds.")
  var items = 100_000

  @Option(help: "How many of them one message holds.")
  var batch = 1

  @Flag(help: "Read messages instead of making them.")
  var check = false

  @Flag(help: "Without a seal.")
  var plain = false

  @Option(help: "How often the work is measured, after one round that is not.")
  var rounds = 5

  func validate() throws {
    guard batch > 0, items >= batch else { throw ValidationError("--batch must be at least 1, and at most --items") }
  }

  func run() async throws {
    let (daemon, host) = plain ? (nil, nil) : try Self.seals()
    let commands = try (0..<batch).map { try Self.grant($0) }
    var report = Report("seals", Report.Setting(), units: items / batch * batch)
    report.figures = ["batch": Double(batch)]
    var message = Sluice_Location_V1_SessionRequest()
    try message.setCommands(first: 1, commands, sealedBy: daemon)
    let received = message
    for round in 0...rounds {
      let start = ContinuousClock.now
      for number in 0..<(items / batch) {
        if check {
          guard try received.commands(sealedBy: host)?.commands.count == batch else { throw BenchmarkError("not as sent") }
        } else {
          try message.setCommands(first: UInt64(number), commands, sealedBy: daemon)
        }
      }
      if round > 0 { report.add(ContinuousClock.now - start) }
    }
    try report.print()
  }

  /// As the daemon sends it for an asset that does nothing.
  private static func grant(_ ordinal: Int) throws -> LocationWire.Command {
    let attempt = AttemptID(incarnation: Incarnation(7), step: StepID(run: RunID(1), ordinal: ordinal), number: 1)
    let version = VersionID(
      incarnation: attempt.incarnation, asset: try AssetKey("bench/a\(ordinal)"), partition: .only, number: 1)
    return .grant(
      Grant(
        attempt: attempt, epoch: 1, manifest: ManifestDigest("sha256:" + String(repeating: "0", count: 64)),
        step: "bench/a\(ordinal)", partition: .only,
        work: .materialize(inputs: [], outputs: [GrantedOutput(version: version, checks: [])]),
        deadline: Timestamp(seconds: 1_700_000_000)))
  }

  /// Both ends of one session.
  private static func seals() throws -> (CommandSeal?, CommandSeal?) {
    let secret = try LocationSecret([UInt8](repeating: 7, count: WireLimits.secretBytes))
    let location = try LocationName("bench")
    let request = ChallengeAnswer.request()
    let response = try ChallengeDesk(location: "bench", at: .now).challenge(request, secret: secret, at: .now)
    let answer = try ChallengeAnswer(response, to: request, location: location, secret: secret)
    let (incarnation, epoch) = (Incarnation(7), Epoch(1))
    let proof = answer.proof(of: .session(incarnation, epoch))
    return (
      answer.seal(incarnation, epoch), CommandSeal(proof, location: location, incarnation, epoch, secret: secret)
    )
  }
}
