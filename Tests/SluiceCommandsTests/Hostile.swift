// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import SluiceCommands

/// Answers of the API in which every text that a team or a peer has a say in does its worst.
enum Hostile {
  static let forged = "✓ all checks passed"

  /// Clears the line, writes a green verdict, and hides what follows.
  static let text =
    "x\u{1B}[2K\u{1B}[32m\(forged)\u{1B}[0m\r\n\(forged)\n\n   └─ \(forged)\u{8}\u{7}\u{0}\t\u{7F}\u{9B}31m\u{85}\u{202E}\u{2066}\u{200B}\u{2028}"
    + "\u{FEFF}\u{1B}]0;title\u{7}\n\u{2800}\(forged)\n\u{301}"

  static let at = Fixtures.instant
  static let metadata: Metadata = [
    text: .text(text), "list": .list([text, text]), "table": .table(MetadataTable(columns: [text], rows: [[text]])),
  ]

  static let reason = GateReason(
    GateReason.Kind(rawValue: text), asset: text, partition: text, version: 1, location: text, check: text, outcome: text,
    message: text, metadata: metadata, command: text,
    because: [GateReason(.stepFailed, asset: text, partition: text, location: text, message: text, metadata: metadata)])

  static let gate = GateState(open: false, reasons: [reason], omitted: 1)
  static let locator = Locator(scheme: text, uri: text, format: text)
  static let steps = StepCounts(succeeded: 1, rejected: 1, blocked: 1)
  static let run = RunSummary(id: 7, state: .blocked, selection: text, cause: text, createdAt: at, endedAt: at, steps: steps)
  static let detail = RunDetail(
    run: run, assets: [.init(asset: text, location: text, steps: steps)],
    troubled: [
      StepSummary(
        ordinal: 0, step: text, location: text, assets: [text], partition: text, state: .blocked, attempts: 2, message: text,
        failedAttempts: (1...2).map {
          AttemptSummary(number: $0, state: text, startedAt: at, endedAt: at, message: "\(text)\($0)")
        },
        reasons: [reason])
    ])

  static let asset = AssetDetail(
    key: text, location: text, description: text, group: text, tags: [text: text], kinds: [text], owners: [text],
    codeVersion: text, step: text, partitioning: Partitioning(kind: .keys, first: text, last: text, zone: text),
    partitions: PartitionCounts(promoted: 1), gate: gate, checks: [.init(name: text, version: text, severity: text)],
    dependencies: [.init(asset: text, location: text, mapping: text, binding: text)], dependents: [text], sharedWith: [text],
    latest: VersionSummary(asset: text, partition: text, number: 1, state: text, at: at, metadata: metadata, locator: locator),
    columns: [.init(name: text, type: text)])

  static let event = LiveEvent(
    position: 1, at: at, kind: .init(rawValue: text), run: 1, location: text, asset: text, partition: text, state: text,
    message: text)

  static let line = LogEntry(
    sequence: 1, position: 1, at: at, step: 0, attempt: 2, location: text, asset: text, partition: text, level: text,
    message: text)

  /// Everything that the command line writes about them, by the name of who writes it.
  static func renderings(_ style: Style) -> [(name: String, text: Shown)] {
    var validation = ValidationReport()
    validation.checked = [text: 1]
    validation.unchecked = [text]
    validation.problems = [
      .init(location: "", definition: text, message: text), .init(location: text, definition: text, message: text),
    ]
    let location = LocationSummary(
      name: text, address: text, owns: [text], state: .unreachable, detail: text, version: text, manifest: text, assets: 1,
      problems: [text])
    let schedule = ScheduleSummary(
      location: text, name: text, description: text, cron: text, zone: text, selection: text, partition: text, paused: false)
    let check = CheckResult(
      asset: text, partition: text, version: 1, check: text, severity: text, outcome: text, message: text, metadata: metadata)
    let status = DaemonStatus(
      version: text, leader: text, epoch: 1, incarnation: text, startedAt: at, dataDirectory: text, workspace: text, position: 1,
      runsInProgress: 1, locations: [], problems: [text])
    let summary = AssetSummary(
      key: text, location: text, group: text, partitions: PartitionCounts(promoted: 1), problem: text, gateOpen: false)
    return [
      ("assets", AssetRendering.list([summary], style: style)), ("asset", AssetRendering.detail(asset, style: style)),
      ("why", WhyRendering.render(why, style: style)), ("runs", RunRendering.list([run], style: style)),
      ("run", RunRendering.detail(detail, style: style)), ("ending", RunRendering.ending(detail, style: style)),
      ("cancelled", RunRendering.cancelled(run, style: style)), ("event", RunRendering.line(event, style: style) ?? ""),
      ("log", LogRendering.line(line, isAlone: false, style: style)),
      ("locations", ListRendering.locations([location], style: style)),
      ("schedules", ListRendering.schedules([schedule], style: style)),
      ("checks", ListRendering.checks([check], asset: text, style: style)),
      ("no checks", ListRendering.checks([], asset: text, style: style)),
      (
        "preview",
        VersionRendering.preview(
          PreviewReport(
            asset: text, partition: text, version: 1, locator: locator, columns: [text, "b"], rows: [[text], ["1", "2", text]],
            truncated: false), style: style)
      ),
      (
        "partitions",
        VersionRendering.partitions(
          Page(total: 9, offset: 0, items: [PartitionSummary(partition: text, state: .promoted, gateOpen: true)]), asset: text,
          style: style)
      ),
      (
        "versions",
        VersionRendering.versions(
          [
            VersionDetail(
              asset: text, partition: text, number: 1, state: text, current: true, run: 1, attempt: 1, at: at,
              metadata: metadata, inputs: [.init(asset: text, partition: text, version: 1, binding: text)])
          ], asset: text, style: style)
      ),
      ("status", ListRendering.status(status, style: style)),
      ("reload", ListRendering.reload(ReloadResult(added: [text], removed: [text], changed: [text]))),
      ("validate", validation.text(style)),
      ("refusal", Shown(APIError(.conflict, text, mend: text))),
      ("unreachable", Shown(DaemonUnreachable(url: text, cause: text))),
      ("unexpected", Shown(UnexpectedAnswer(url: text, detail: text))),
      ("failure", Shown(CommandFailure("\(text)", mend: "\(text)"))),
      ("bar", ProgressLine.bar(run, elapsed: .seconds(1), width: 80, style: style)),
    ]
  }

  static let why = WhyReport(asset: text, partition: text, location: text, gate: gate, current: 1, command: text)
}
