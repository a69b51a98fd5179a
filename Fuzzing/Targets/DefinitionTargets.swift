// SPDX-License-Identifier: Apache-2.0

import AssetModel
import LocationWire
import Orchestrator
import SwiftProtobuf
import Workspace

/// What people write: the workspace, schedules, selections, partitions.
extension FuzzTarget {
  static var definitions: [FuzzTarget] {
    [
      FuzzTarget(name: "workspace") { workspace($0) },
      FuzzTarget(name: "cron") { cron($0) },
      FuzzTarget(name: "selection") { selection($0) },
      FuzzTarget(name: "partitions") { partitions($0) },
    ]
  }

  private static func workspace(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(WorkspaceError) {
      let file = try WorkspaceFile.parse(text, path: "workspace.yaml", environment: ["A": "a", "PORT": "4271"])
      let names = file.locations.map(\.name)
      expect(Set(names).count == names.count, "each location stands once")
    } catch {
      expect(!error.problems.isEmpty, "a refusal says why")
      expect(error.problems.allSatisfy { $0.line >= 0 && $0.column >= 0 && !$0.mend.isEmpty }, "a problem has a place and a mend")
    }
  }

  // MARK: Schedules

  /// A zone, an instant, and an expression.
  private static func cron(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let zone = FuzzSamples.zones[Int(input.byte()) % FuzzSamples.zones.count]
    let offset = Duration.seconds(Int(input.byte()) * 3_600 + Int(input.byte()) * 60)
    guard let cron = decoded(refusal: ModelError.self, { try CronExpression(input.text) }) else { return }
    expect((try? CronExpression(cron.description)) == cron, "'\(cron)' is the same once it is written")
    for base in FuzzSamples.instants {
      let instant = base + offset
      let next = cron.next(after: instant, in: zone)
      expect(next > instant, "the next tick of '\(cron)' lies after \(instant)")
      guard next.microseconds < .max else { continue }
      let latest = cron.latest(after: instant, through: next, in: zone)
      expect(latest?.tick == next && latest?.skipped == 0, "'\(cron)' ticks once through \(next) in \(zone) after \(instant)")
    }
  }

  // MARK: Selections

  private static func selection(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let key = decoded(refusal: ModelError.self, { try AssetKey(text) }) {
      expect(key.segments.joined(separator: "/") == text, "a key is its segments")
    }
    _ = decoded(refusal: ModelError.self) { try LocationName(text) }
    if let pattern = decoded(refusal: ModelError.self, { try OwnershipPattern(text) }) {
      expect(pattern.overlaps(pattern), "'\(pattern)' overlaps itself")
    }
    guard let selection = decoded(refusal: ModelError.self, { try Selection(text) }) else { return }
    expect((try? Selection(selection.description)) == selection, "'\(selection)' is the same once it is written")
    _ = decoded(refusal: ModelError.self) { try FuzzSamples.graph(with: FuzzSamples.neighbour).resolve(selection) }
  }

  // MARK: Partitions

  /// A space as it travels, and what a person types about it.
  private static func partitions(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let wire = input.chunk()
    guard let message = try? Sluice_Location_V1_PartitionSpace(serializedBytes: wire),
      let space = decoded(refusal: WireError.self, { try PartitionSpace(wire: message) })
    else { return }
    expect((try? PartitionSpace(wire: space.wire)) == space, "a space is the same once it has travelled")
    PartitionProperties.hold(of: space)
    _ = space.index(of: PartitionKey(input.text))
    for instant in FuzzSamples.instants {
      guard let set = decoded(refusal: ModelError.self, { try space.parse(input.text, at: instant) }) else { continue }
      expect((try? space.parse(space.describe(set), at: instant)) == set, "a set is the same once it is written")
      expect(set.isEmpty || set.count <= space.count(at: instant) || input.text.contains("latest"), "no more than there are")
    }
  }
}
