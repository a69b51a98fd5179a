// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Orchestrator

extension SampleEvents {
  private static let step = StepID(run: RunID(3), ordinal: 2)
  private static let target = AssetPartition(hourly, "2013-11-03")
  private static let version = VersionRef(target, 12)
  private static let nightly = ScheduleID(location: weather, name: "nightly")

  /// At least one of every kind; a kind with alternatives has one of each.
  package static let everyKind: [StampedEvent] = (reigns + runs + steps + ends + outcomes + versions + ticks).enumerated().map {
    StampedEvent(at: at(Int64($0.offset)), event: $0.element)
  }

  private static let reigns: [Event] = [
    .reignBegan(7),
    .workspaceLoaded(
      WorkspaceDefinition(locations: [
        LocationDefinition(
          name: weather, maxInFlight: 3,
          quotas: LocationQuotas(
            logBytesPerStep: 1, logBytesPerRun: 2, logBytesPerDay: 3, detailBytesPerStep: 4, detailBytesPerDay: 5,
            stepsInProgress: 6)),
        LocationDefinition(name: summary.asLocation, owns: [OwnershipPattern(defaultFor: weather)]),
      ])),
    .workspaceLoaded(.empty),
    .manifestAccepted(weather, digest, manifest),
    .manifestAccepted(weather, ManifestDigest("odd:digest"), Manifest(location: weather, steps: [])),
    .manifestRefused(weather, reason: "too many steps"),
    .sessionOpened(weather, instance: "i-1", manifest: digest, slots: 4, isDraining: true),
    .sessionClosed(weather, reason: "gone"),
    .capacityChanged(weather, slots: 0),
    .drainingBegan(weather),
  ]

  private static let runs: [Event] =
    [
      .runLaunched(plan(run: 3)),
      .runLaunched(plan(run: 4, origin: .schedule(nightly, tick: at(-9)), kind: .checksOnly)),
      .runLaunched(
        RunPlan(
          id: RunID(5), kind: .materialize, origin: .manual, clientKey: "", selection: "*", nodes: [], fixedUpstreams: [:],
          trace: TraceContext(traceparent: "00-0000000000000000000000000000000a-8000000000000000-00"))),
      .runCancelRequested(RunID(4)),
    ] + RunOutcome.allCases.map { .runFinished(RunID(5), $0) }

  private static let steps: [Event] = [
    .stepGranted(
      GrantRecord(
        step: step, attempt: 1, location: weather, manifest: digest, stepName: "weather/hourly", partition: "2013-11-03",
        deadline: at(3_600), kind: .materialize,
        inputs: [
          BoundInput(asset: summary, binding: .lastKnownGood, versions: [BoundVersion(partition: "2013-11-02", number: 4)]),
          BoundInput(asset: hourly, binding: .gated, versions: []),
        ],
        outputs: [
          GrantedVersion(
            asset: hourly, number: 12,
            checks: [
              GrantedCheckSpec(check: CheckIdentity(name: "unique"), severity: .block),
              GrantedCheckSpec(check: CheckIdentity(name: "complete", version: "2"), severity: .warn),
            ])
        ])),
    .stepGranted(
      GrantRecord(
        step: StepID(run: RunID(4), ordinal: 0), attempt: 2, location: weather, manifest: digest, stepName: "stations",
        partition: .only, deadline: at(-1), kind: .checksOnly, inputs: [], outputs: [])),
    .stepStarted(step, attempt: 1),
    .logged(
      step, attempt: 1, lines: LogLine.Level.allCases.map { LogLine(at: at(1), level: $0, message: "a\n\u{1F30A}") },
      dropped: 0),
    .logged(step, attempt: 1, lines: [], dropped: 12),
    .staged(
      step, attempt: 1,
      [
        StagedOutput(
          asset: hourly,
          locator: Locator(scheme: "file", uri: "/data/v12", format: "jsonl/1", size: 0, contentHash: "sha256:ab"),
          metadata: metadata),
        StagedOutput(asset: summary, locator: Locator(scheme: "memory", uri: "", format: "any/1")),
      ]),
    .checked(step, attempt: 1, version, evaluations),
    .checked(step, attempt: 1, version, []),
    .slotReturned(step, attempt: 1),
    .retryScheduled(step, notBefore: at(90)),
    .reportIgnored(weather, AttemptID(incarnation: Incarnation(0xFFFF_FFFF), step: step, number: 3), what: "late"),
  ]

  private static let failure = StepFailure(kind: .threw, message: "no such file", isRetryable: false)

  private static let ends: [Event] =
    [
      .attemptEnded(step, attempt: 1, .completed, returnsSlot: true),
      .attemptEnded(step, attempt: 1, .failed(failure), returnsSlot: false),
      .attemptEnded(step, attempt: 1, .failed(StepFailure(kind: .timedOut, message: "")), returnsSlot: true),
      .attemptEnded(step, attempt: 1, .cancelled, returnsSlot: true),
      .attemptEnded(step, attempt: 1, .lost("the host restarted"), returnsSlot: true),
    ]
    + [StepEnd.Refusal.staleManifest, .staleEpoch, .draining, .overloaded].map {
      .attemptEnded(step, attempt: 1, .refused($0), returnsSlot: true)
    }

  private static let outcomes: [Event] =
    [
      .stepFinished(step, .succeeded),
      .stepFinished(step, .rejected),
      .stepFinished(step, .cancelled),
      .stepFinished(step, .blocked([])),
      .stepFinished(
        step,
        .blocked(
          [
            .neverMaterialized(target), .rejected(version), .notEvaluated(version, [CheckIdentity(name: "c", version: "1")]),
            .noSuchPartition(AssetPartition(summary)), .ownerNotInWorkspace(hourly, weather), .unresolved(summary),
          ] + StepOutcome.Kind.allCases.map { .stepEnded(target, step, $0) })),
    ]
    + [StepFailure.Kind.threw, .timedOut, .input, .output, .undefined, .lost, .unreachable].map {
      .stepFinished(step, .failed(StepFailure(kind: $0, message: "why")))
    }

  private static let versions: [Event] = [
    .promoted(version, step, attempt: 1, passed: [CheckIdentity(name: "unique"), CheckIdentity(name: "c", version: "")], digest),
    .rejected(version, step, attempt: 1, by: [CheckIdentity(name: "unique")], passed: []),
    .discarded(version, step, attempt: 1),
    .settled(VersionRef(AssetPartition(summary), .max)),
  ]

  private static let ticks: [Event] = [
    .scheduleTicked(nightly, tick: at(-3), skipped: 2, run: RunID(9), problem: nil),
    .scheduleTicked(nightly, tick: at(-2), skipped: 0, run: nil, problem: "nothing is selected"),
    .schedulePaused(nightly),
    .scheduleResumed(nightly),
    .clockRead(ClockReading(wall: at(-10_800), running: at(-7))),
  ]
}

extension AssetKey {
  /// A location named like the key's last segment.
  fileprivate var asLocation: LocationName {
    do {
      return try LocationName(segments[segments.count - 1])
    } catch {
      preconditionFailure("a key's segment is a well-formed name: \(error)")
    }
  }
}

extension Event {
  /// How many kinds there are; `kindName` has as many cases.
  package static let kindCount = 29

  package var kindName: String {
    switch self {
    case .reignBegan: "reignBegan"
    case .clockRead: "clockRead"
    case .workspaceLoaded: "workspaceLoaded"
    case .manifestAccepted: "manifestAccepted"
    case .manifestRefused: "manifestRefused"
    case .sessionOpened: "sessionOpened"
    case .sessionClosed: "sessionClosed"
    case .capacityChanged: "capacityChanged"
    case .drainingBegan: "drainingBegan"
    case .runLaunched: "runLaunched"
    case .runCancelRequested: "runCancelRequested"
    case .runFinished: "runFinished"
    case .stepGranted: "stepGranted"
    case .stepStarted: "stepStarted"
    case .logged: "logged"
    case .staged: "staged"
    case .checked: "checked"
    case .attemptEnded: "attemptEnded"
    case .slotReturned: "slotReturned"
    case .retryScheduled: "retryScheduled"
    case .stepFinished: "stepFinished"
    case .reportIgnored: "reportIgnored"
    case .promoted: "promoted"
    case .rejected: "rejected"
    case .discarded: "discarded"
    case .settled: "settled"
    case .scheduleTicked: "scheduleTicked"
    case .schedulePaused: "schedulePaused"
    case .scheduleResumed: "scheduleResumed"
    }
  }
}
