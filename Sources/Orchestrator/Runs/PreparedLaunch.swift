// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// What a launch comes to, worked out beside the engine's loop: selecting, ordering and counting a hundred thousand assets takes longer
/// than others should wait.
///
/// The loop takes it while the definitions are those that it was worked out on, and else works it out anew.
public struct PreparedLaunch: Sendable {
  private let workspace: WorkspaceDefinition
  private let manifests: [LocationName: ManifestDigest]
  let draft: Result<RunDraft, CommandError>

  /// Works out what a launch by hand comes to on a state, which may be a copy.
  package init(_ request: LaunchRequest, on state: State, policy: CorePolicy, at now: Timestamp) {
    workspace = state.workspace
    manifests = state.manifests
    var planner = RunPlanner(state: state, policy: policy, now: now)
    draft = Result { () throws(CommandError) in try planner.draft(request, origin: .manual) }
  }

  func fits(_ state: State) -> Bool { workspace == state.workspace && manifests == state.manifests }

  /// How many nodes it holds.
  var size: Int { (try? draft.get())?.nodes.count ?? 0 }
}

extension PreparedLaunch: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    left.workspace == right.workspace && left.manifests == right.manifests
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(manifests) }
}

/// A run that was worked out, as far as that depends on definitions and time alone.
struct RunDraft: Sendable {
  let nodes: [PlannedNode]
  let fixedUpstreams: [AssetKey: FixedUpstream]
  let leftOut: [String]
  /// How many steps each location would have.
  let steps: [LocationName: Int]
  /// How many partitions of each location it may touch.
  let partitions: [LocationName: Int]
}

extension LaunchRequest {
  /// Whether its selection may mean any number of assets, however short it is.
  package var mayBeLarge: Bool {
    selection.clauses.count > Self.few
      || selection.clauses.contains { clause in
        guard case .key = clause.term else { return true }
        return clause.ancestors || clause.descendants
      }
  }

  /// How many assets are looked up as fast as others could be told to.
  private static let few = 100
}
