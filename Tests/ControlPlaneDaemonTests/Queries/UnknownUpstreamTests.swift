// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneDaemon
import Orchestrator
import TestSupport
import Testing

/// What definitions read and nobody defines, with manifests that are made to keep whoever looks for it busy.
@Suite struct UnknownUpstreamTests {
  private func step(_ name: String, reading upstreams: [String] = []) throws -> StepSpec {
    StepSpec(
      name: name,
      dependencies: try upstreams.map {
        DependencySpec(
          upstream: try AssetKey($0), mapping: .identity, binding: .gated, partitions: .single, loadableSchemes: ["file"])
      }, outputs: [AssetSpec(key: try AssetKey(name), output: OutputSpec(scheme: "file", format: "jsonl/1"))])
  }

  private func state(_ manifests: [(String, [StepSpec])]) throws -> State {
    var core = Core(State(incarnation: Incarnation(7)))
    let now = Timestamp(seconds: 1_767_225_600)
    _ = core.decide(.begin(1), at: now)
    let locations = try manifests.map { LocationDefinition(name: try LocationName($0.0)) }
    _ = core.decide(.loadWorkspace(WorkspaceDefinition(locations: locations)), at: now)
    for (name, steps) in manifests {
      let location = try LocationName(name)
      let manifest = Manifest(location: location, steps: steps)
      _ = core.decide(.manifestReceived(location, ManifestDigest(name), manifest), at: now)
    }
    return core.state
  }

  @Test func `reading what was refused costs no walk through all refusals`() throws {
    let refused = try (0..<20_000).map { try step("elsewhere/r\($0)") }
    let upstreams = (19_900..<20_000).map { "elsewhere/r\($0)" }
    let readers = try (0..<200).map { try step("hostile/a\($0)", reading: upstreams) }
    let state = try state([("hostile", refused + readers), ("team", [try step("team/b", reading: ["team/typo"])])])
    let cost = ProcessorTime.measure {
      #expect(state.unknownUpstreams().map(\.upstream.description) == ["team/typo"])
    }
    // It took minutes to compare each of the 20 000 dependencies with each of the 20 000 refusals.
    #expect(cost < .seconds(20))
  }

  @Test func `a location that reads many unknown assets hides none of another`() throws {
    let many = (0..<500).map { "hostile/unknown\($0)" }
    let state = try state([
      ("hostile", [try step("hostile/a", reading: many), try step("hostile/b", reading: many)]),
      ("team", [try step("team/b", reading: ["team/typo"])]),
    ])
    let found = state.unknownUpstreams()
    #expect(found.filter { $0.reader.description == "hostile" }.count == QueryLimits.unknownPerLocation)
    #expect(found.last?.upstream.description == "team/typo")
  }

  @Test func `a manifest is in force until another is, or one that came later was refused`() throws {
    var core = Core(try state([("team", [try step("team/b")])]))
    let team = try LocationName("team")
    #expect(core.state.isInForce(ManifestDigest("team"), of: team))
    #expect(!core.state.isInForce(ManifestDigest("other"), of: team))
    _ = core.decide(.manifestUnreadable(team, reason: "garbage"), at: core.state.now)
    #expect(!core.state.isInForce(ManifestDigest("team"), of: team))
  }
}
