// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
package import Orchestrator

/// A grant of many outputs, each of which was made from many versions with long keys.
package struct WideGrant {
  package let record: GrantRecord

  package init(outputs: Int, inputs: Int) throws {
    let name = String(repeating: "k", count: 200)
    let step = StepID(run: RunID(1), ordinal: 0)
    record = GrantRecord(
      step: step, attempt: 1, location: SampleEvents.weather, manifest: SampleEvents.digest, stepName: "stations",
      partition: .only,
      deadline: SampleEvents.at(1_000), kind: .materialize,
      inputs: try (0..<inputs).map { number in
        BoundInput(
          asset: try AssetKey("up/\(name)-\(number)"), binding: .gated, versions: [BoundVersion(partition: .only, number: 1)])
      },
      outputs: try (0..<outputs).map { GrantedVersion(asset: try AssetKey("weather/wide\($0)"), number: 1, checks: []) })
  }

  package var events: [StampedEvent] {
    [SampleEvents.launch(run: 1), StampedEvent(at: SampleEvents.at(10), event: .stepGranted(record))]
  }

  package var versions: [VersionRef] { record.outputs.map { VersionRef(AssetPartition($0.asset, .only), $0.number) } }

  /// How many bytes its inputs take in a row.
  package var inputBytes: Int { get throws { try JournalCodec.encode(record.inputs).count } }
}
