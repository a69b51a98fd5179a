// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// What a launch comes to, worked out beside the engine's loop: selecting, ordering and counting a hundred thousand assets takes longer
/// than others should wait.
///
/// The loop takes it while the definitions are those that it was worked out on. Else it works out anew what does not take long, and refuses
/// what does as stale: whoever has prepared it does so again.
public struct PreparedLaunch: Sendable {
  private struct Basis: Hashable, Sendable {
    let workspace: WorkspaceDefinition
    let manifests: [LocationName: ManifestDigest]
  }

  /// Nil where it was not worked out.
  private let basis: Basis?
  let draft: Result<RunDraft, CommandError>
  /// How much was looked at for it, in units of ``CorePolicy/workPerDecision``.
  package let work: Int

  /// Works out what a launch by hand comes to on a state, which may be a copy.
  package init(_ request: LaunchRequest, on state: State, policy: CorePolicy, at now: Timestamp) {
    basis = Basis(workspace: state.workspace, manifests: state.manifests)
    var planner = RunPlanner(state: state, policy: policy, now: now)
    draft = Result { () throws(CommandError) in try planner.draft(request, origin: .manual) }
    work = planner.work
  }

  private init() {
    basis = nil
    draft = .failure(Self.isStale)
    work = 0
  }

  /// What did not take long was not worked out before.
  package static let missing = PreparedLaunch()

  static let isStale = CommandError(
    .stale, "the workspace's definitions changed each time that the launch was worked out: try again")

  func fits(_ state: State) -> Bool { basis == Basis(workspace: state.workspace, manifests: state.manifests) }

  /// How many nodes it holds.
  package var size: Int { (try? draft.get())?.nodes.count ?? 0 }
}

extension PreparedLaunch: Hashable {
  public static func == (left: Self, right: Self) -> Bool { left.basis == right.basis }
  public func hash(into hasher: inout Hasher) { hasher.combine(basis) }
}

/// A run that was worked out, as far as that depends on definitions and time alone.
struct RunDraft: Sendable {
  let nodes: [PlannedNode]
  let fixedUpstreams: [AssetKey: FixedUpstream]
  let leftOut: [String]
  /// How many steps each location would have, and how many outputs those.
  let sizes: [LocationName: Size]

  struct Size: Sendable {
    var steps = 0
    var outputs = 0
  }
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
