// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import LocationWire
import SwiftProtobuf
import Testing

@Suite struct ManifestDocumentTests {
  @Test func `the digest is the same for equal manifests, and another for another`() throws {
    let document = try ManifestDocument(Samples.manifest)
    for _ in 0..<20 { #expect(try ManifestDocument(Samples.manifest).digest == document.digest) }
    let other = Manifest(location: Samples.manifest.location, version: "1.3", steps: Samples.manifest.steps)
    #expect(try ManifestDocument(other).digest != document.digest)
    #expect(document.digest.description.hasPrefix("sha256:"))
    #expect(document.digest.description.count == 71)
  }

  @Test func `a large manifest travels in chunks and arrives whole`() throws {
    let steps = (0..<20_000).map { index in
      StepSpec(
        name: "weather/asset_\(index)",
        outputs: [
          AssetSpec(key: Samples.key("weather/asset_\(index)"), output: OutputSpec(scheme: "file", format: "jsonl/1"))
        ])
    }
    let document = try ManifestDocument(Manifest(location: Samples.manifest.location, steps: steps))
    let responses = Array(document.responses(instance: "host-1"))
    #expect(responses.count > 3)
    var assembly = ManifestAssembly()
    for response in responses { try assembly.append(response) }
    let (received, instance) = try assembly.finish()
    #expect(received.manifest == document.manifest)
    #expect(received.digest == document.digest)
    #expect(instance == "host-1")
  }

  @Test func `changed, cut, overlong, repeated and misplaced parts are refused`() throws {
    let responses = Array(try ManifestDocument(Samples.manifest).responses(instance: "a"))

    var changed = responses
    changed[1].chunk[10] ^= 1
    #expect(throws: WireError.self) { try assemble(changed) }
    #expect(throws: WireError.self) { try assemble([responses[0]]) }
    #expect(throws: WireError.self) { try assemble(responses + [responses[1]]) }
    #expect(throws: WireError.self) { try assemble([responses[0]] + responses) }
    #expect(throws: WireError.self) { try assemble([responses[1]]) }
    #expect(throws: WireError.self) { try assemble([]) }

    var greedy = responses
    greedy[0].header.size = UInt64(Limits.manifestBytes) + 1
    #expect(throws: WireError.self) { try assemble(greedy) }
  }

  @Test func `bytes that are no manifest are refused even under their own digest`() throws {
    let document = try ManifestDocument(Samples.manifest)
    #expect(throws: WireError.self) {
      try ManifestDocument(bytes: document.bytes.prefix(document.bytes.count - 3), digest: document.digest)
    }
  }

  @Test func `a manifest in messages without end is refused, whatever is in them`() throws {
    var assembly = ManifestAssembly()
    let empty = Sluice_Location_V1_DescribeResponse()
    for _ in 0..<WireLimits.describeMessages { try assembly.append(empty) }
    let error = try #require(throws: WireError.self) { try assembly.append(empty) }
    #expect(error.description.contains("describeMessages"))
  }

  private func assemble(_ responses: [Sluice_Location_V1_DescribeResponse]) throws {
    var assembly = ManifestAssembly()
    for response in responses { try assembly.append(response) }
    _ = try assembly.finish()
  }
}
