// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Orchestrator

/// What a run of one asset with one check appends, in the batches of an idle system: the unit in which stores are measured.
package struct OneMaterialization {
  package let batches: [[StampedEvent]]

  /// - Parameter number: Makes runs, and the partitions that they materialize, differ.
  package init(number: UInt64 = 17) {
    let index = Int(number)
    let node = PlannedNode(
      location: SampleEvents.weather, step: "weather/hourly", outputs: [SampleEvents.hourly], space: SampleEvents.days,
      partitions: [index], firstOrdinal: 0)
    let plan = RunPlan(
      id: RunID(number), kind: .materialize, origin: .manual, clientKey: nil, selection: "weather/hourly", nodes: [node],
      fixedUpstreams: [:])
    let step = StepID(run: plan.id, ordinal: 0)
    let partition = SampleEvents.days.key(at: index)
    let version = VersionRef(AssetPartition(SampleEvents.hourly, partition), 1)
    let check = CheckIdentity(name: "one row per airport and hour")
    let grant = GrantRecord(
      step: step, attempt: 1, location: SampleEvents.weather, manifest: SampleEvents.digest, stepName: "weather/hourly",
      partition: partition, deadline: SampleEvents.at(3_600), kind: .materialize,
      inputs: [
        BoundInput(
          asset: SampleEvents.summary, binding: .gated, versions: [BoundVersion(partition: partition, number: 1)])
      ],
      outputs: [
        GrantedVersion(
          asset: SampleEvents.hourly, number: 1, checks: [GrantedCheckSpec(check: check, severity: .block)])
      ])
    let evaluation = CheckEvaluation(check: check, severity: .block, outcome: .passed)
    let locator = Locator(scheme: "", uri: "", format: "")
    let reported: [Event] = [
      .stepStarted(step, attempt: 1), .staged(step, attempt: 1, [StagedOutput(asset: SampleEvents.hourly, locator: locator)]),
      .checked(step, attempt: 1, version, [evaluation]), .attemptEnded(step, attempt: 1, .completed, returnsSlot: true),
      .promoted(version, step, attempt: 1, passed: [check], SampleEvents.digest), .stepFinished(step, .succeeded),
      .runFinished(plan.id, .succeeded),
    ]
    let groups: [[Event]] = [[.runLaunched(plan), .stepGranted(grant)], reported, [.settled(version)]]
    batches = groups.map { group in group.map { StampedEvent(at: SampleEvents.at(Int64(number)), event: $0) } }
  }
}
