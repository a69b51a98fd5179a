// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Orchestrator
package import Workspace

/// What is wrong between the manifests of a workspace, as far as manifests alone can tell.
///
/// The daemon's own graph judges; this is for a team's CI, before anything runs.
package struct ManifestReview: Sendable {
  /// Something to mend: which location's definition, and what about it.
  package struct Finding: Hashable, Sendable, Comparable, Codable {
    package let location: String
    package let definition: String
    package let message: String

    package init(location: String, definition: String, message: String) {
      self.location = location
      self.definition = definition
      self.message = message
    }

    package static func < (left: Self, right: Self) -> Bool {
      (left.location, left.definition, left.message) < (right.location, right.definition, right.message)
    }
  }

  private let workspace: WorkspaceFile
  private let manifests: [LocationName: Manifest]
  private let graph: Graph

  /// - Parameter manifests: those that could be read; an upstream of another location is then taken on trust.
  package init(workspace: WorkspaceFile, manifests: [LocationName: Manifest]) {
    self.workspace = workspace
    self.manifests = manifests
    let locations = workspace.locations.map { LocationDefinition(name: $0.name, owns: $0.owns) }
    graph = Graph(workspace: WorkspaceDefinition(locations: locations), manifests: manifests)
  }

  /// Every finding, sorted.
  package func findings() -> [Finding] {
    let refusals = graph.refusals.map {
      Finding(location: $0.location.description, definition: $0.definition, message: $0.reason)
    }
    let told = Dictionary(grouping: graph.refusals, by: \.location).mapValues { Set($0.map(\.definition)).count }
    let more = manifests.keys.compactMap { location -> Finding? in
      let rest = graph.refusalCount(of: location) - (told[location] ?? 0)
      guard rest > 0 else { return nil }
      return Finding(location: location.description, definition: "*", message: "\(rest) more definitions are refused")
    }
    return Set(refusals + more + cycles() + absences()).sorted()
  }

  /// How many assets of a cycle are named.
  private static let shownAssets = 50

  /// A cycle concerns each location on it: its finding stands once for each, at the first of its assets.
  private func cycles() -> [Finding] {
    var told: [LocationName: Set<AssetKey>] = [:]
    var findings: [Finding] = []
    for asset in graph.cyclic {
      guard let location = graph.producers[asset]?.location, told[location]?.contains(asset) != true,
        let path = graph.cycle(through: asset)
      else { continue }
      told[location, default: []].formUnion(path)
      let round =
        path.prefix(Self.shownAssets).map { "'\($0)'" }.joined(separator: " reads ")
        + (path.count > Self.shownAssets ? " reads … and \(path.count - Self.shownAssets) more" : "")
      findings.append(
        Finding(
          location: location.description, definition: asset.description,
          message: "no run can schedule it, since it depends on itself: \(round); take one of these dependencies away"))
    }
    return findings
  }

  private func absences() -> [Finding] {
    manifests.flatMap { location, manifest in
      manifest.steps.flatMap { step in
        step.dependencies.compactMap { absence($0) }.map {
          Finding(location: location.description, definition: step.name, message: $0)
        }
      }
    }
  }

  /// An upstream that no manifest defines is reported only where its owner's manifest is there.
  private func absence(_ dependency: DependencySpec) -> String? {
    if manifests.values.contains(where: { $0.steps.contains { $0.outputs.contains { $0.key == dependency.upstream } } }) {
      return nil
    }
    guard let owner = workspace.locations.first(where: { $0.owns.contains { $0.matches(dependency.upstream) } }) else {
      return "no location of the workspace owns '\(dependency.upstream)'"
    }
    guard let manifest = manifests[owner.name] else { return nil }
    let keys = manifest.steps.flatMap { $0.outputs.map(\.key.description) }
    let meant = Spelling.closest(to: dependency.upstream.description, among: keys).map { ": did you mean '\($0)'?" } ?? ""
    return "'\(owner.name)' does not define '\(dependency.upstream)'\(meant)"
  }
}
