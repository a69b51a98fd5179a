// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI

/// Runs as people read them.
package enum RunRendering {
  /// One line a run; of its steps those that succeeded.
  ///
  /// - Parameter isFiltered: Whether there may be others.
  package static func list(_ runs: [RunSummary], isFiltered: Bool = false, style: Style) -> Shown {
    guard !runs.isEmpty else {
      return isFiltered ? "no such run" : "no runs yet: 'sluice materialize SELECTION' begins one"
    }
    var table = Table([
      .right("RUN"), .left("STATE"), .left("SELECTION"), .left("CAUSE"), .left("STARTED"), .right("TOOK"), .right("STEPS"),
      .left("TROUBLE"),
    ])
    for run in runs {
      table.add([
        .init("\(run.id)", .strong), state(run.state), .init(run.selection.shown + (run.checksOnly ? "  (checks only)" : "")),
        .init("\(run.cause)"), .init(seconds(run.createdAt)), .init(took(run.createdAt, run.endedAt)),
        .init("\(run.steps.succeeded)/\(run.steps.total)"), .init(trouble(run.steps), .bad),
      ])
    }
    return table.render(style)
  }

  /// A run with its assets and what stands in its way.
  package static func detail(_ detail: RunDetail, style: Style) -> Shown {
    let run = detail.run
    let cell = state(run.state)
    var lines: [Shown] = [
      "run \(style(.strong, "\(run.id)"))  \(style(cell.tone, cell.text))  \(run.selection)"
        + (run.checksOnly ? "  checks only" : ""),
      style(
        .faint,
        "\(run.cause), \(seconds(run.createdAt))" + (run.endedAt.map { _ in ", took \(took(run.createdAt, run.endedAt))" } ?? "")
          + (run.trace.map { ", trace \($0.traceID)" } ?? "")),
      "", assets(detail.assets, style),
    ]
    lines += troubled(detail.troubled, style: style)
    return lines.joined(separator: "\n")
  }

  /// What ended badly, with the reasons; nothing where nothing did.
  package static func troubled(_ steps: [StepSummary], style: Style) -> [Shown] {
    var lines: [Shown] = []
    for (step, others) in grouped(steps) {
      let cell = self.state(step.state)
      let name = WhyRendering.name(step.assets.joined(separator: ", "), step.partition)
      let attempts: Shown = step.attempts > 1 ? style(.faint, "  after \(step.attempts) attempts") : ""
      let more: Shown = others.count == 0 ? "" : style(.faint, "  and \(others.words)")
      lines += [
        "", "\(style(cell.tone, cell.text.padded(to: 10)))\(style(.strong, name))  of \(step.location)\(more)\(attempts)",
      ]
      lines += messages(step, style)
      lines += WhyRendering.tree(step.reasons, indent: "  ", style: style)
    }
    return lines
  }

  /// What went wrong: in each attempt, where several did not complete the step, and in the end.
  private static func messages(_ step: StepSummary, _ style: Style) -> [Shown] {
    let attempts = step.failedAttempts
    guard attempts.count > 1 else { return WhyRendering.message(step.message).map { "  " + $0 } }
    let last = step.message == attempts.last?.message ? [] : WhyRendering.message(step.message).map { "  " + $0 }
    return LogRendering.ends(attempts, style: style).map { "  " + $0 } + last
  }

  /// The steps that ended like another one, for the same reason.
  private struct Others {
    var partitions = 0
    var steps = 0
    var count: Int { partitions + steps }

    var words: Shown {
      let partitions: Shown? =
        self.partitions == 0 ? nil : "\(self.partitions) more \(self.partitions == 1 ? "partition" : "partitions")"
      let steps: Shown? = self.steps == 0 ? nil : "\(self.steps) more \(self.steps == 1 ? "step" : "steps") of other assets"
      return [partitions, steps].compactMap(\.self).joined(separator: " and ")
    }
  }

  /// What two steps have in common that ended in the same way for the same reason: partition by partition counts as the same.
  private struct Ending: Hashable {
    let state: StepState
    let location: String
    let message: String?
    let attempts: [String?]
    let reasons: [GateReason]

    init(_ step: StepSummary) {
      state = step.state
      location = step.location
      message = step.message
      attempts = step.failedAttempts.map(\.message)
      reasons = step.reasons.map { $0.blurred(step.partition) }
    }
  }

  /// Each ending once, with the first step that had it.
  private static func grouped(_ steps: [StepSummary]) -> [(step: StepSummary, others: Others)] {
    var groups: [(step: StepSummary, others: Others)] = []
    var places: [Ending: Int] = [:]
    for step in steps {
      let ending = Ending(step)
      guard let place = places[ending], !step.reasons.isEmpty || step.message != nil else {
        places[ending] = groups.count
        groups.append((step, Others()))
        continue
      }
      if groups[place].step.assets == step.assets {
        groups[place].others.partitions += 1
      } else {
        groups[place].others.steps += 1
      }
    }
    return groups
  }

  /// What `materialize --wait` and `run --follow` end with.
  package static func ending(_ detail: RunDetail, style: Style) -> Shown {
    let run = detail.run
    let cell = state(run.state)
    var lines: [Shown] = [
      "run \(run.id) \(style(cell.tone, cell.text)): \(run.steps.succeeded) of \(run.steps.total) steps succeeded"
        + (trouble(run.steps).isEmpty ? "" : ", \(trouble(run.steps))") + style(.faint, "  \(took(run.createdAt, run.endedAt))")
    ]
    let shown = detail.troubled.prefix(10)
    lines += troubled(Array(shown), style: style)
    let more = run.steps.failed + run.steps.rejected + run.steps.blocked - shown.count
    if more > 0 { lines.append("\nand \(more) more: sluice run \(run.id)") }
    if let first = detail.troubled.first(where: { $0.state == .blocked || $0.state == .rejected }), let asset = first.assets.first
    {
      let partition: Shown = first.partition.isEmpty ? "" : " \(option: "--partition", first.partition)"
      lines += ["", style(.faint, "the reasons down to the root: ") + "sluice why \(shell: asset)\(partition)"]
    }
    return lines.joined(separator: "\n")
  }

  /// What `cancel` ends with.
  package static func cancelled(_ run: RunSummary, style: Style) -> Shown {
    let cell = state(run.state)
    let name: Shown = "run \(style(.strong, "\(run.id)"))"
    switch run.state {
    case .cancelled:
      return "\(name) is \(style(cell.tone, cell.text)): \(run.steps.succeeded) of \(run.steps.total) steps had succeeded"
    case .running: return "\(name) is being cancelled: sluice run \(run.id) --follow"
    case .succeeded, .failed, .blocked:
      let end: Shown = run.endedAt.map { ", at \(seconds($0))" } ?? ""
      return "\(name) has ended already: \(style(cell.tone, cell.text))\(end); there is nothing to cancel"
    }
  }

  /// A live event on one line; nil for kinds that say nothing to people.
  ///
  /// - Parameter isRepeat: whether the event before it said the same.
  package static func line(_ event: LiveEvent, isRepeat: Bool = false, style: Style) -> Shown? {
    let time = style(.faint, Shown(event.at.description.dropFirst(11).prefix(12)))
    let subject = WhyRendering.name(event.asset ?? event.location ?? event.run.map { "run \($0)" } ?? "", event.partition ?? "")
    let (tone, words) = Self.words(of: event)
    let attempt: Shown =
      event.kind == .attemptEnded || (event.attempt ?? 1) > 1 ? event.attempt.map { " attempt \($0)" } ?? "" : ""
    let message: Shown = isRepeat ? "" : event.message.map { "  \($0)" } ?? ""
    return "\(time)  \(style(tone, words.padded(to: 10)))  \(subject)\(style(.faint, attempt))" + message
  }

  /// What happened, in one word, and how good that is.
  private static func words(of event: LiveEvent) -> (Tone, Shown) {
    switch event.kind {
    case .stepLog: (event.state == "error" ? .bad : event.state == "warning" ? .warning : .faint, "│")
    case .stepGranted: (.active, "granted")
    case .stepStarted: (.active, "started")
    case .versionPromoted: (.good, "promoted")
    case .versionRejected: (.bad, "rejected")
    case .versionDiscarded: (.active, "discarded")
    case .runEnded, .stepEnded, .attemptEnded, .checkEvaluated: (tone(event.state ?? ""), (event.state ?? "ended").shown)
    default: (.active, event.kind.rawValue.split(separator: "_").joined(separator: " ").shown)
    }
  }

  private static func assets(_ assets: [RunDetail.AssetProgress], _ style: Style) -> Shown {
    var table = Table([.left("ASSET"), .left("LOCATION"), .right("STEPS"), .left("ELSE")])
    for asset in assets {
      let isBad = asset.steps.failed + asset.steps.rejected + asset.steps.blocked > 0
      let rest = StepState.allCases.filter { $0 != .succeeded && asset.steps[$0] > 0 }
      table.add([
        .init("\(asset.asset)", .strong), .init("\(asset.location)"), .init("\(asset.steps.succeeded)/\(asset.steps.total)"),
        .init(rest.map { "\(asset.steps[$0]) \($0.rawValue)" as Shown }.joined(separator: ", "), isBad ? .bad : .faint),
      ])
    }
    return table.render(style)
  }

  private static func trouble(_ steps: StepCounts) -> Shown {
    [StepState.rejected, .failed, .blocked, .cancelled].filter { steps[$0] > 0 }.map { "\(steps[$0]) \($0.rawValue)" as Shown }
      .joined(separator: ", ")
  }

  static func state(_ state: RunState) -> Table.Cell { .init("\(state.rawValue)", tone(state.rawValue)) }
  static func state(_ state: StepState) -> Table.Cell { .init("\(state.rawValue)", tone(state.rawValue)) }

  private static func tone(_ word: String) -> Tone {
    switch word {
    case "succeeded", "passed": .good
    case "failed", "rejected", "errored", "timedOut": .bad
    case "lost", "refused", "blocked", "cancelled", "unevaluated": .warning
    default: .active
    }
  }

  /// `2013-11-03 06:00:00Z`
  static func seconds(_ instant: Instant) -> Shown {
    "\(instant.description.prefix(19).replacing("T", with: " "))Z"
  }

  private static func took(_ start: Instant, _ end: Instant?) -> Shown {
    end.map { ProgressLine.short($0.timestamp - start.timestamp) } ?? ""
  }
}

extension GateReason {
  /// The reason without what differs from one partition to the next.
  fileprivate func blurred(_ own: String) -> GateReason {
    GateReason(
      kind, asset: asset, partition: partition == own ? "" : partition, location: location, check: check, outcome: outcome,
      message: message, metadata: metadata, run: run, because: because.map { $0.blurred(own) }, omitted: omitted)
  }
}
