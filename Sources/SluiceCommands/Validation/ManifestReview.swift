// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Workspace

/// What is wrong between the manifests of a workspace, as far as manifests alone can tell.
///
/// The daemon judges by the same rules when the locations connect; this is for a team's CI, before anything runs.
package struct ManifestReview: Sendable {
  /// Something to mend: which location's definition, and what about it.
  package struct Finding: Hashable, Sendable, Comparable, Codable {
    package let location: String
    package let definition: String
    package let message: String

    package static func < (left: Self, right: Self) -> Bool {
      (left.location, left.definition, left.message) < (right.location, right.definition, right.message)
    }
  }

  private let workspace: WorkspaceFile
  private let manifests: [LocationName: Manifest]
  private let owners: [AssetKey: (location: LocationName, step: StepSpec, asset: AssetSpec)]

  /// - Parameter manifests: those that could be read; an upstream of another location is then taken on trust.
  package init(workspace: WorkspaceFile, manifests: [LocationName: Manifest]) {
    self.workspace = workspace
    self.manifests = manifests
    var owners: [AssetKey: (LocationName, StepSpec, AssetSpec)] = [:]
    for (location, manifest) in manifests.sorted(by: { $0.key < $1.key }) {
      for step in manifest.steps {
        for asset in step.outputs { owners[asset.key] = owners[asset.key] ?? (location, step, asset) }
      }
    }
    self.owners = owners
  }

  /// Every finding, sorted.
  package func findings() -> [Finding] {
    var findings: [Finding] = []
    for (location, manifest) in manifests {
      for step in manifest.steps {
        let problems =
          step.outputs.compactMap { foreign($0, of: location) } + step.dependencies.flatMap { edge($0, of: location) }
        findings += problems.map { Finding(location: location.description, definition: step.name, message: $0) }
      }
    }
    return findings.sorted()
  }

  private func foreign(_ asset: AssetSpec, of location: LocationName) -> String? {
    guard let entry = workspace.location(named: location), !entry.owns.contains(where: { $0.matches(asset.key) }) else {
      return nil
    }
    let patterns = entry.owns.map(\.description).joined(separator: ", ")
    let owner = workspace.locations.first { $0.owns.contains { $0.matches(asset.key) } }
    return "'\(asset.key)' is not among what '\(location)' owns (\(patterns))"
      + (owner.map { "; '\($0.name)' owns it" } ?? ": rename it, or add a pattern to 'owns'")
  }

  private func edge(_ dependency: DependencySpec, of reader: LocationName) -> [String] {
    guard let owner = owners[dependency.upstream] else { return absent(dependency, reader) }
    var problems: [String] = []
    if owner.location != reader {
      if !owner.asset.sharedWith.contains(reader) {
        problems.append(
          "'\(owner.location)' does not share '\(dependency.upstream)' with '\(reader)': its team adds .shared(with: \"\(reader)\")"
        )
      }
      if owner.asset.output.isProcessLocal {
        problems.append("'\(dependency.upstream)' is kept in the memory of '\(owner.location)': its team stores it in files")
      }
    }
    if !dependency.loadableSchemes.isEmpty, !dependency.loadableSchemes.contains(owner.asset.output.scheme) {
      problems.append(
        "'\(dependency.upstream)' is stored as '\(owner.asset.output.scheme)', and '\(reader)' loads \(dependency.loadableSchemes.joined(separator: ", "))"
      )
    }
    if dependency.partitions.isPartitioned != owner.step.partitions.isPartitioned
      || (dependency.partitions.isPartitioned && !dependency.partitions.isComparable(with: owner.step.partitions))
    {
      problems.append(
        "the partitions of '\(dependency.upstream)' are other than '\(reader)' declares: copy them from '\(owner.location)'")
    }
    return problems
  }

  /// An upstream that no manifest defines is reported only where its owner's manifest is there.
  private func absent(_ dependency: DependencySpec, _ reader: LocationName) -> [String] {
    guard let owner = workspace.locations.first(where: { $0.owns.contains { $0.matches(dependency.upstream) } }) else {
      return ["no location of the workspace owns '\(dependency.upstream)'"]
    }
    guard let manifest = manifests[owner.name] else { return [] }
    let keys = manifest.steps.flatMap { $0.outputs.map(\.key.description) }
    let meant = Spelling.closest(to: dependency.upstream.description, among: keys).map { ": did you mean '\($0)'?" } ?? ""
    return ["'\(owner.name)' does not define '\(dependency.upstream)'\(meant)"]
  }
}
