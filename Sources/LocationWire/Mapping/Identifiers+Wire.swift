// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

extension AssetKey: WireMapped {
  package init(wire text: String) throws(WireError) {
    self = try readModel("") { () throws(ModelError) in try AssetKey(text) }
  }

  package var wire: String { description }
}

extension LocationName: WireMapped {
  package init(wire text: String) throws(WireError) {
    self = try readModel("") { () throws(ModelError) in try LocationName(text) }
  }

  package var wire: String { description }
}

extension PartitionKey: WireMapped {
  package init(wire text: String) throws(WireError) {
    try checkLimit("", text.utf8.count, Limits.partitionKeyLength, named: "partitionKeyLength")
    try checkMarks("", text)
    self.init(text)
  }

  package var wire: String { description }
}

extension AttemptID: WireMapped {
  package init(wire: Sluice_Location_V1_AttemptId) throws(WireError) {
    guard wire.number > 0 else { throw WireError(.malformed, field: "number", "attempts count from 1") }
    self.init(
      incarnation: Incarnation(wire.incarnation), step: StepID(run: RunID(wire.run), ordinal: Int(wire.step)),
      number: Int(wire.number))
  }

  package var wire: Sluice_Location_V1_AttemptId {
    .with {
      $0.incarnation = incarnation.value
      $0.run = step.run.number
      $0.step = UInt32(clamping: step.ordinal)
      $0.number = UInt32(clamping: number)
    }
  }
}

extension VersionID: WireMapped {
  package init(wire: Sluice_Location_V1_VersionId) throws(WireError) {
    guard wire.number > 0 else { throw WireError(.malformed, field: "number", "versions count from 1") }
    self.init(
      incarnation: Incarnation(wire.incarnation), asset: try read("asset", wire.asset),
      partition: try read("partition", wire.partition), number: wire.number)
  }

  package var wire: Sluice_Location_V1_VersionId {
    .with {
      $0.incarnation = incarnation.value
      $0.asset = asset.wire
      $0.partition = partition.wire
      $0.number = number
    }
  }
}

extension CheckIdentity: WireMapped {
  package init(wire: Sluice_Location_V1_CheckId) throws(WireError) {
    self.init(
      name: try readName("name", wire.name), version: wire.hasVersion ? try readName("version", wire.version) : nil)
  }

  package var wire: Sluice_Location_V1_CheckId {
    .with {
      $0.name = name
      if let version { $0.version = version }
    }
  }
}

extension Locator: WireMapped {
  package init(wire: Sluice_Location_V1_Locator) throws(WireError) {
    try checkLimit("uri", wire.uri.utf8.count, Limits.messageLength, named: "messageLength")
    try checkMarks("uri", wire.uri)
    self.init(
      scheme: try readName("scheme", wire.scheme), uri: wire.uri, format: try readName("format", wire.format),
      size: wire.hasSize ? wire.size : nil,
      contentHash: wire.hasContentHash ? try readName("content_hash", wire.contentHash) : nil)
  }

  package var wire: Sluice_Location_V1_Locator {
    .with {
      $0.scheme = scheme
      $0.uri = uri
      $0.format = format
      if let size { $0.size = size }
      if let contentHash { $0.contentHash = contentHash }
    }
  }
}
