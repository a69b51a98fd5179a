// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

extension PBVersion {
  init(_ version: VersionRef, texts: inout TextWriter) {
    self.init()
    asset = texts.index(version.of.asset)
    partition = texts.index(version.of.partition)
    number = version.number
  }

  func value(_ texts: TextReader) throws -> VersionRef {
    VersionRef(AssetPartition(try texts.asset(asset), try texts.partition(partition)), number)
  }
}

extension PBCheckId {
  init(_ check: CheckIdentity, texts: inout TextWriter) {
    self.init()
    name = texts.index(check.name)
    if let text = check.version { version = texts.index(text) }
  }

  func value(_ texts: TextReader) throws -> CheckIdentity {
    CheckIdentity(name: try texts.text(name), version: hasVersion ? try texts.text(version) : nil)
  }
}

extension [PBCheckId] {
  init(_ checks: [CheckIdentity], texts: inout TextWriter) {
    self.init()
    for check in checks { append(PBCheckId(check, texts: &texts)) }
  }
}

extension [PBBoundInput] {
  init(_ inputs: [BoundInput], texts: inout TextWriter) {
    self.init()
    for input in inputs {
      var encoded = PBBoundInput()
      encoded.asset = texts.index(input.asset)
      encoded.binding = .init(input.binding)
      encoded.partitions = input.versions.map { texts.index($0.partition) }
      encoded.numbers = input.versions.map(\.number)
      append(encoded)
    }
  }
}

extension PBBoundInput {
  func value(_ texts: TextReader) throws -> BoundInput {
    guard partitions.count == numbers.count else { throw CodecProblem("an input with a partition that lacks its version") }
    return BoundInput(
      asset: try texts.asset(asset), binding: try binding.policy(),
      versions: try zip(partitions, numbers).map { BoundVersion(partition: try texts.partition($0), number: $1) })
  }
}
