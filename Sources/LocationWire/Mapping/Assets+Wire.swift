// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

extension AssetSpec: WireMapped {
  package init(wire: Sluice_Location_V1_Asset) throws(WireError) {
    try checkLimit("tags", wire.tags.count, Limits.metadataEntries, named: "metadataEntries")
    for (name, value) in wire.tags {
      _ = try readName("tags", name)
      if !value.isEmpty { _ = try readName("tags[\(name)]", value) }
    }
    self.init(
      key: try read("key", wire.key), description: wire.hasDescription_p ? cut(wire.description_p) : nil,
      group: try readName("group", wire.group), tags: wire.tags, kinds: try readNames("kinds", wire.kinds),
      owners: try readNames("owners", wire.owners),
      sharedWith: try readAll("shared_with", wire.sharedWith, limit: Limits.dependenciesPerStep, named: "dependenciesPerStep"),
      output: try read("output", wire.output),
      checks: try readAll("checks", wire.checks, limit: Limits.checksPerAsset, named: "checksPerAsset"))
  }

  package var wire: Sluice_Location_V1_Asset {
    .with {
      $0.key = key.wire
      if let description { $0.description_p = cut(description) }
      $0.group = group
      $0.tags = tags
      $0.kinds = kinds
      $0.owners = owners
      $0.sharedWith = sharedWith.map(\.wire)
      $0.output = output.wire
      $0.checks = checks.map(\.wire)
    }
  }
}

extension OutputSpec: WireMapped {
  package init(wire: Sluice_Location_V1_Output) throws(WireError) {
    self.init(
      scheme: try readName("scheme", wire.scheme), format: try readName("format", wire.format),
      isProcessLocal: wire.processLocal)
  }

  package var wire: Sluice_Location_V1_Output {
    .with {
      $0.scheme = scheme
      $0.format = format
      $0.processLocal = isProcessLocal
    }
  }
}

extension CheckSpec: WireMapped {
  package init(wire: Sluice_Location_V1_Check) throws(WireError) {
    self.init(
      name: try readName("name", wire.name), version: wire.hasVersion ? try readName("version", wire.version) : nil,
      severity: try read("severity", wire.severity), description: wire.hasDescription_p ? cut(wire.description_p) : nil,
      retry: try read("retry", wire.retry), timeout: try readTimeout("timeout_us", wire.timeoutUs))
  }

  package var wire: Sluice_Location_V1_Check {
    .with {
      $0.name = name
      if let version { $0.version = version }
      $0.severity = severity.wire
      if let description { $0.description_p = cut(description) }
      $0.retry = retry.wire
      $0.timeoutUs = timeout.wholeMicroseconds
    }
  }
}

extension CheckSeverity: WireMapped {
  package init(wire: Sluice_Location_V1_Severity) throws(WireError) {
    switch wire {
    case .block: self = .block
    case .warn: self = .warn
    case .unspecified, .UNRECOGNIZED: throw unknownValue("", wire)
    }
  }

  package var wire: Sluice_Location_V1_Severity {
    switch self {
    case .block: .block
    case .warn: .warn
    }
  }
}
