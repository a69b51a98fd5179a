// SPDX-License-Identifier: Apache-2.0

import AssetModel
import SluiceCommands
import Testing
import Workspace

@Suite("sluice validate")
struct ManifestReviewTests {
  @Test(arguments: [
    ("./.build/debug/trains", "swift build --product trains"),
    ("/srv/my team/.build/release/trains", "swift build --package-path '/srv/my team' -c release --product trains"),
    ("/srv/.build/x86_64-unknown-linux-gnu/debug/trains", "swift build --package-path /srv --product trains"),
    ("/opt/trains", "build it, or name another with 'executable'"),
  ])
  func `What is not built comes with the command that builds it`(executable: String, command: String) {
    #expect(BuildHint.command(for: executable).text == command)
  }

  private let file: WorkspaceFile

  init() throws {
    file = try WorkspaceFile.parse(
      """
      load_from:
        - grpc_server: { location_name: weather, port: 4271 }
        - grpc_server: { location_name: insights, port: 4272 }
      """, path: "workspace.yaml")
  }

  private func step(
    _ key: String, _ partitions: PartitionSpace = .single, reads: [DependencySpec] = [], shared: [String] = [],
    output: OutputSpec = OutputSpec(scheme: "file", format: "jsonl/1")
  ) throws -> StepSpec {
    let asset = AssetSpec(key: try AssetKey(key), sharedWith: try shared.map { try LocationName($0) }, output: output)
    return StepSpec(name: key, partitions: partitions, dependencies: reads, outputs: [asset])
  }

  private func findings(weather: [StepSpec], insights: [StepSpec]) throws -> [String] {
    let names = (try LocationName("weather"), try LocationName("insights"))
    let manifests = [names.0: Manifest(location: names.0, steps: weather), names.1: Manifest(location: names.1, steps: insights)]
    return ManifestReview(workspace: file, manifests: manifests).findings().map { "\($0.location): \($0.message)" }
  }

  private func reading(_ key: String, _ space: PartitionSpace = .single) throws -> DependencySpec {
    DependencySpec(upstream: try AssetKey(key), partitions: space, loadableSchemes: ["file"])
  }

  @Test func `Manifests that fit together give no finding`() throws {
    let found = try findings(
      weather: [try step("weather/hourly", shared: ["insights"])],
      insights: [try step("insights/report", reads: [try reading("weather/hourly")])])
    #expect(found == [])
  }

  @Test func `Everything that does not fit is found at once, naming both sides`() throws {
    let keys = PartitionSpace.keys(try StaticKeys(["a"]))
    let found = try findings(
      weather: [
        try step("weather/hourly"), try step("insights/stolen"), try step("weather/keyed", keys, shared: ["insights"]),
        try step(
          "weather/memory", shared: ["insights"], output: OutputSpec(scheme: "memory", format: "value/1", isProcessLocal: true)),
      ],
      insights: [
        try step(
          "insights/report",
          reads: [
            try reading("weather/hourly"), try reading("weather/keyed"), try reading("weather/memory"),
            try reading("weather/hurly"), try reading("nobody/x"),
          ])
      ])
    #expect(
      found == [
        "insights: 'insights' cannot read 'weather/memory': 'weather' stores it in its own process (memory)",
        "insights: 'insights' may not read 'weather/hourly': its owner 'weather' does not share it; ask that team for "
          + ".shared(with: \"insights\")",
        "insights: 'weather' does not define 'weather/hurly': did you mean 'weather/hourly'?",
        "insights: no location of the workspace owns 'nobody/x'",
        "insights: step 'insights/report' expects other partitions of 'weather/keyed' than 'weather' declares: "
          + "give the Upstream the owner's partitions",
        "weather: 'weather' may not define 'insights/stolen': it belongs to 'insights'; it owns 'weather/*' by workspace.yaml",
      ])
  }

  @Test func `A cycle over two locations is found, and told to both`() throws {
    let found = try findings(
      weather: [
        try step("weather/forecast", reads: [try reading("insights/trend")], shared: ["insights"]), try step("weather/hourly"),
      ],
      insights: [try step("insights/trend", reads: [try reading("weather/forecast")], shared: ["weather"])])
    #expect(found.count == 2)
    #expect(found.map { $0.split(separator: ":").first } == ["insights", "weather"])
    #expect(
      found.allSatisfy {
        $0.contains("'weather/forecast'") && $0.contains("'insights/trend'") && $0.contains("depends on itself")
      })
  }

  @Test func `An upstream of a location whose manifest is not here is taken on trust`() throws {
    let name = try LocationName("insights")
    let manifest = Manifest(location: name, steps: [try step("insights/report", reads: [try reading("weather/hourly")])])
    #expect(ManifestReview(workspace: file, manifests: [name: manifest]).findings().isEmpty)
  }
}
