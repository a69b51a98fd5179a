// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What may still be said about the checks of one attempt in flight.
///
/// Made once, with the first report about a check, so that each report costs what it holds, however many checks the grant names.
struct AttemptChecks: Sendable {
  private var outputs = ShortTable<AssetKey, StandingOutcomes>()
  /// How many of the granted checks have no final outcome, over all outputs.
  private(set) var outstanding: Int

  init(of active: ActiveAttempt, _ state: State) {
    let grant = active.grant
    // A retry policy counts as it was when the grant was given; where the manifest is another by now, nobody knows that any more.
    let isInForce = state.locations[grant.location]?.manifest == grant.manifest
    outstanding = 0
    for output in grant.outputs where outputs[output.asset] == nil {
      let declared = isInForce ? state.graph.assets[output.asset]?.checks ?? [] : []
      let retried = declared.lazy.filter { $0.retry.maxAttempts > 1 }.map { ($0.identity, $0.retry.maxAttempts) }
      let standing = StandingOutcomes(output, of: active, tries: Dictionary(retried) { first, _ in first }, state)
      outputs[output.asset] = standing
      outstanding += standing.outstanding
    }
  }

  /// Takes outcomes of an output's checks; nil where the grant names no such output.
  mutating func take(_ evaluations: [CheckEvaluation], on asset: AssetKey) -> StandingOutcomes.Taken? {
    guard var standing = outputs[asset] else { return nil }
    let before = standing.outstanding
    let taken = standing.take(evaluations)
    outstanding += standing.outstanding - before
    outputs[asset] = standing
    return taken
  }
}
