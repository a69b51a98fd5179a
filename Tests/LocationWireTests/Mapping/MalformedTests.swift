// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import LocationWire
import SwiftProtobuf
import Testing

@Suite struct MalformedTests {
  private func manifestError(_ change: (inout Sluice_Location_V1_Manifest) -> Void) -> String {
    var wire = Samples.manifest.wire
    change(&wire)
    do { _ = try Manifest(wire: wire) } catch { return error.description }
    return "no error"
  }

  @Test func `every malformed field of a manifest is named by its path`() {
    #expect(manifestError { $0.location = "a/b" }.hasPrefix("location: "))
    #expect(manifestError { $0.steps[0].name = "" } == "steps[0].name: is empty")
    #expect(manifestError { $0.steps[0].clearPartitions() }.hasPrefix("steps[0].partitions.space: "))
    #expect(manifestError { $0.steps[1].outputs = [] } == "steps[1].outputs: a step yields at least one asset")
    #expect(manifestError { $0.steps[0].outputs[1].key = "a//b" }.hasPrefix("steps[0].outputs[1].key: "))
    #expect(
      manifestError { $0.steps[0].outputs[0].checks[0].severity = .unspecified }.hasPrefix(
        "steps[0].outputs[0].checks[0].severity: "))
    #expect(manifestError { $0.steps[0].outputs[0].checks[1].timeoutUs = 0 }.hasSuffix("checks[1].timeout_us: is not above 0"))
    #expect(
      manifestError { $0.steps[0].dependencies[0].mapping = .UNRECOGNIZED(9) }.hasPrefix("steps[0].dependencies[0].mapping: "))
    #expect(manifestError { $0.steps[0].dependencies[0].binding = .unspecified }.hasPrefix("steps[0].dependencies[0].binding: "))
    #expect(manifestError { $0.steps[0].retry.maxAttempts = 0 } == "steps[0].retry.max_attempts: is below 1")
    #expect(manifestError { $0.steps[0].retry.backoff = .nan } == "steps[0].retry.backoff: is below 1")
    #expect(manifestError { $0.steps[0].retry.jitter = 2 } == "steps[0].retry.jitter: is not within 0 to 1")
    #expect(manifestError { $0.steps[0].timeoutUs = -1 } == "steps[0].timeout_us: is not above 0")
    #expect(
      manifestError { $0.steps[0].timeoutUs = 1 << 62 }.hasSuffix(
        "steps[0].timeout_us: is longer than \(Limits.timeout) (timeout)"))
    #expect(manifestError { $0.steps[0].outputs[0].checks[1].timeoutUs = .max }.hasSuffix("(timeout)"))
    #expect(manifestError { $0.steps[0].partitions.daily.first = "2013-02-30" }.hasPrefix("steps[0].partitions.daily.first: "))
    #expect(manifestError { $0.steps[0].partitions.daily.zone = "Mars/Base" }.hasPrefix("steps[0].partitions.daily.zone: "))
    #expect(manifestError { $0.steps[0].partitions.keys.keys = ["a", "a"] }.hasPrefix("steps[0].partitions.keys: "))
    #expect(manifestError { $0.steps[0].partitions.hourly.startUs = .max }.hasPrefix("steps[0].partitions.hourly."))
    #expect(manifestError { $0.schedules[0].cron = "61 * * * *" }.hasPrefix("schedules[0].cron: "))
    #expect(manifestError { $0.schedules[0].selection = "+" }.hasPrefix("schedules[0].selection: "))
    #expect(manifestError { $0.schedules[1].partition = .unspecified }.hasPrefix("schedules[1].partition: "))
  }

  @Test func `every limit on a manifest is enforced by name`() {
    let check = Samples.manifest.wire.steps[0].outputs[0].checks[0]
    #expect(
      manifestError { $0.steps[0].outputs[0].checks = Array(repeating: check, count: Limits.checksPerAsset + 1) }
        .contains("checksPerAsset"))
    let output = Samples.manifest.wire.steps[0].outputs[0]
    func outputs(_ count: Int, checks: Int, named name: String) -> [Sluice_Location_V1_Asset] {
      var full = output
      full.checks = (0..<checks).map { number in
        var next = check
        next.name = "\(number)" + name
        return next
      }
      return Array(repeating: full, count: count)
    }
    let most = Limits.outputsAndChecksPerStep / 100
    #expect(manifestError { $0.steps[0].outputs = outputs(most, checks: 99, named: "") } == "no error")
    #expect(manifestError { $0.steps[0].outputs = outputs(most, checks: 100, named: "") }.contains("outputsAndChecksPerStep"))
    let long = String(repeating: "x", count: 250)
    #expect(manifestError { $0.steps[0].outputs = outputs(most / 4, checks: 99, named: long) }.contains("checkNamesPerStep"))
    let dependency = Samples.manifest.wire.steps[0].dependencies[0]
    #expect(
      manifestError { $0.steps[0].dependencies = Array(repeating: dependency, count: Limits.dependenciesPerStep + 1) }
        .contains("dependenciesPerStep"))
    #expect(manifestError { $0.steps[0].name = String(repeating: "x", count: Limits.nameLength + 1) }.contains("nameLength"))
    #expect(manifestError { $0.steps[0].retry.maxAttempts = 101 }.contains("attemptsPerStep"))
    let step = Samples.manifest.wire.steps[1]
    #expect(
      manifestError { $0.steps = Array(repeating: step, count: Limits.definitionsPerManifest + 1) }
        .contains("definitionsPerManifest"))
  }

  @Test func `the assets and the dependencies of all steps of a manifest are bounded together`() throws {
    let most = Limits.dependenciesPerStep
    var wide = Samples.manifest.wire.steps[1]
    wide.outputs = Array(repeating: wide.outputs[0], count: most)
    let assets = Array(repeating: wide, count: Limits.assetsPerManifest / most + 1)
    #expect(manifestError { $0.steps = assets }.contains("assetsPerManifest"))
    var deep = Samples.manifest.wire.steps[0]
    deep.dependencies = Array(repeating: deep.dependencies[0], count: most)
    let dependencies = Array(repeating: deep, count: Limits.dependenciesPerManifest / most + 1)
    #expect(manifestError { $0.steps = dependencies }.contains("dependenciesPerManifest"))
    // Piece by piece, as it comes from a location.
    var manifest = Samples.manifest.wire
    manifest.steps = assets
    let bytes: Data = try manifest.serializedData()
    let digest = ManifestDocument.digest(of: bytes)
    let error = #expect(throws: WireError.self) { try ManifestDocument(bytes: bytes, digest: digest) }
    #expect(try #require(error).description.contains("assetsPerManifest"))
  }

  private func grantError(_ change: (inout Sluice_Location_V1_Grant) -> Void) -> String {
    var wire = Samples.grant().wire
    change(&wire)
    do { _ = try Grant(wire: wire) } catch { return error.description }
    return "no error"
  }

  @Test func `every malformed field of a grant is named by its path`() {
    #expect(grantError { $0.clearAttempt() } == "attempt: is absent")
    #expect(grantError { $0.attempt.number = 0 } == "attempt.number: attempts count from 1")
    #expect(grantError { $0.manifestDigest = "" } == "manifest_digest: is empty")
    #expect(grantError { $0.trace.traceparent = "00-0-0-0" }.hasPrefix("trace.traceparent: is no traceparent"))
    #expect(grantError { $0.trace.parentID = "00F067AA0BA902B7" }.hasPrefix("trace.parent_id: is not of 16"))
    #expect(grantError { $0.clearTrace() } == "no error")
    #expect(grantError { $0.work = nil }.hasPrefix("work: "))
    #expect(grantError { $0.materialize.inputs[0].asset = "" }.hasPrefix("materialize.inputs[0].asset: "))
    #expect(
      grantError { $0.materialize.inputs[0].versions[0].locator.scheme = "" }
        == "materialize.inputs[0].versions[0].locator.scheme: is empty")
    #expect(grantError { $0.materialize.outputs[0].version.number = 0 }.hasPrefix("materialize.outputs[0].version.number: "))
    #expect(grantError { $0.materialize.outputs[0].checks[1].name = "" } == "materialize.outputs[0].checks[1].name: is empty")
    #expect(grantError { $0.partition = String(repeating: "x", count: 300) }.contains("partitionKeyLength"))
  }

  @Test func `a malformed report condemns its own attempt and says why`() {
    var wire = LocationEvent.report(Samples.reports[3]).wire
    wire.report.checked.evaluations[0].outcome = .unspecified
    guard case .malformed(let error, let attempt) = Received<LocationEvent>(wire: wire) else {
      Issue.record("it was taken")
      return
    }
    #expect(error.field == "report.checked.evaluations[0].outcome")
    #expect(attempt == Samples.attempt())
    guard case .finished(_, .failed(let failure)) = StepReport.malformed(Samples.attempt(), error) else {
      Issue.record("it did not fail")
      return
    }
    #expect(!failure.isRetryable)
  }

  @Test func `a malformed report within a status condemns its own attempt only`() throws {
    let status = LocationEvent.Status(
      attempts: [
        KnownAttempt(attempt: Samples.attempt(1), reports: [.started(Samples.attempt(1))]),
        KnownAttempt(attempt: Samples.attempt(2), reports: [.started(Samples.attempt(2))]),
      ], isLast: true)
    var wire = LocationEvent.status(status).wire
    wire.status.attempts[0].reports[0].finished = .init()
    guard case .item(.status(let read)) = Received<LocationEvent>(wire: wire) else {
      Issue.record("the status was refused")
      return
    }
    #expect(read.attempts[1] == status.attempts[1])
    guard case .finished(_, .failed) = read.attempts[0].reports[0] else {
      Issue.record("the malformed report did not fail its attempt")
      return
    }
  }
}

@Suite struct ForwardCompatibilityTests {
  /// Field 1000, a string: what a newer peer might add.
  private static let addition: [UInt8] = [0xC2, 0x3E, 0x03, 0x6E, 0x65, 0x77]

  @Test func `fields that a newer peer added are ignored, and survive a round through this version`() throws {
    let bytes: [UInt8] = try Samples.grant().wire.serializedBytes() + Self.addition
    let wire = try Sluice_Location_V1_Grant(serializedBytes: bytes)
    #expect(try Grant(wire: wire) == Samples.grant())
    let again: [UInt8] = try wire.serializedBytes()
    #expect(again.suffix(Self.addition.count) == Self.addition)
  }

  @Test func `a command and an event of a newer version are left alone`() throws {
    let command = try Sluice_Location_V1_Command(serializedBytes: Self.addition)
    #expect(Received<Command>(wire: command) == .unknown)
    let event = try Sluice_Location_V1_Event(serializedBytes: Self.addition)
    #expect(Received<LocationEvent>(wire: event) == .unknown)
    let report = Sluice_Location_V1_Event.with { $0.report.attempt = Samples.attempt().wire }
    #expect(Received<LocationEvent>(wire: report) == .unknown)
  }

  @Test func `a manifest of a newer location keeps the digest of the bytes that travelled`() throws {
    let document = try ManifestDocument(Samples.manifest)
    var wire = try Sluice_Location_V1_Manifest(serializedBytes: document.bytes)
    wire.unknownFields = try Sluice_Location_V1_Manifest(serializedBytes: Self.addition).unknownFields
    let newer: Data = try wire.serializedBytes()
    let received = try ManifestDocument(bytes: newer, digest: ManifestDocument.digest(of: newer))
    #expect(received.manifest == Samples.manifest)
    #expect(received.bytes == newer)
    #expect(received.digest != document.digest)
  }
}
