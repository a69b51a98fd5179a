// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// What a graph becomes once a manifest is in force, worked out before: building it takes as long as there are assets, and the loop
/// that decides has no time for that.
///
/// It counts only for the workspace and the manifests that it was made of; for any other the graph is built anew.
public struct PreparedGraph: Sendable {
  let workspace: WorkspaceDefinition
  let manifests: [LocationName: ManifestDigest]
  let graph: Graph
  /// Assets whose ledgers begin, or change their partitions or owner.
  let adopted: [Adoption]
  /// Locations for whose steps something changes.
  let affected: Set<LocationName>

  /// Works out what a manifest makes of a state, which may be a copy.
  public init(_ manifest: Manifest, _ digest: ManifestDigest, of location: LocationName, on state: State) {
    var contents = state.locations.compactMapValues(\.manifestContent)
    contents[location] = manifest
    workspace = state.workspace
    manifests = state.manifests.merging([location: digest]) { $1 }
    graph = GraphBuilder.build(workspace: state.workspace, manifests: contents)
    adopted = state.adopted(by: graph).map { $0.prepared(on: state) }
    affected = state.graph.locations(affectedBy: graph, of: location)
  }

  func fits(_ state: State) -> Bool { workspace == state.workspace && manifests == state.manifests }
}

/// An asset's partitions and owner, as a graph has them.
struct Adoption: Sendable {
  let asset: AssetKey
  let space: PartitionSpace
  let owner: LocationName
  /// Whether the partitions are others than before.
  let changesSpace: Bool
  /// What becomes of the ledger, where that takes long.
  private(set) var renumbered: PartitionLedger.Renumbered?

  init(asset: AssetKey, space: PartitionSpace, owner: LocationName, changesSpace: Bool) {
    self.asset = asset
    self.space = space
    self.owner = owner
    self.changesSpace = changesSpace
  }

  fileprivate func prepared(on state: State) -> Adoption {
    var result = self
    if changesSpace { result.renumbered = state.ledgers[asset]?.renumbered(for: space) }
    return result
  }
}

extension PreparedGraph: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    left.workspace == right.workspace && left.manifests == right.manifests
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(manifests) }
}

extension State {
  /// The manifests in force.
  var manifests: [LocationName: ManifestDigest] { locations.compactMapValues(\.manifest) }

  /// The assets of a graph whose ledgers are not as it has them.
  func adopted(by graph: Graph) -> [Adoption] {
    graph.producers.compactMap { asset, producer in
      guard let space = graph.steps[producer]?.partitions else { return nil }
      let ledger = ledgers[asset]
      let changesSpace = ledger?.space != space
      guard changesSpace || ledger?.owner != producer.location else { return nil }
      return Adoption(asset: asset, space: space, owner: producer.location, changesSpace: changesSpace)
    }
  }
}
