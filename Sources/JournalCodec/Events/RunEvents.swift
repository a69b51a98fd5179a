// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

extension PBRunLaunched {
  init(_ plan: RunPlan, texts: inout TextWriter) {
    self.init()
    run = plan.id.number
    kind = PBRunKind(plan.kind)
    if case .schedule(let id, let tick) = plan.origin {
      schedule.location = texts.index(id.location)
      schedule.name = texts.index(id.name)
      schedule.tickUs = tick.microseconds
    }
    if let key = plan.clientKey { clientKey = key }
    selection = plan.selection
    var spaces = SpaceTable()
    var steps = PBPlan(plan.nodes, spaces: &spaces, texts: &texts)
    for (asset, fixed) in plan.fixedUpstreams.sorted(by: { $0.key < $1.key }) {
      var encoded = FixedUpstream()
      encoded.asset = texts.index(asset)
      encoded.space = spaces.index(fixed.space)
      encoded.count = Int64(fixed.count)
      fixedUpstreams.append(encoded)
    }
    steps.spaces = spaces.encoded
    self.plan = steps
    if let context = plan.trace { trace = PBTrace(context) }
  }

  func plan(_ texts: TextReader) throws -> RunPlan {
    let spaces = try plan.spaces.map { try $0.value() }
    var fixed: [AssetKey: Orchestrator.FixedUpstream] = [:]
    for upstream in fixedUpstreams {
      guard (0...Int64(PartitionSet.furthest)).contains(upstream.count) else {
        throw CodecProblem("\(upstream.count) partitions of an upstream")
      }
      fixed[try texts.asset(upstream.asset)] = .init(space: try spaces.at(upstream.space), count: Int(upstream.count))
    }
    let plan = RunPlan(
      id: RunID(run), kind: try kind.kind(), origin: try origin(texts), clientKey: hasClientKey ? clientKey : nil,
      selection: selection, nodes: try self.plan.nodes(spaces: spaces, texts: texts), fixedUpstreams: fixed,
      trace: hasTrace ? try trace.context() : nil)
    guard plan.isNumbered else { throw CodecProblem("a plan whose steps are not numbered in order") }
    return plan
  }

  private func origin(_ texts: TextReader) throws -> RunOrigin {
    guard hasSchedule else { return .manual }
    return .schedule(try texts.schedule(schedule.location, schedule.name), tick: Timestamp(microseconds: schedule.tickUs))
  }
}

extension PBRunFinished {
  init(_ run: RunID, _ outcome: RunOutcome) {
    self.init()
    self.run = run.number
    self.outcome = PBRunOutcome(outcome)
  }
}

extension PBScheduleTicked {
  init(
    _ schedule: ScheduleID, tick: Timestamp, skipped: Int, run: RunID?, problem: String?, texts: inout TextWriter
  ) {
    self.init()
    location = texts.index(schedule.location)
    name = texts.index(schedule.name)
    tickUs = tick.microseconds
    self.skipped = Int64(skipped)
    if let run { self.run = run.number }
    if let problem { self.problem = problem }
  }

  func event(_ texts: TextReader) throws -> Event {
    .scheduleTicked(
      try texts.schedule(location, name), tick: Timestamp(microseconds: tickUs), skipped: Int(skipped),
      run: hasRun ? RunID(run) : nil, problem: hasProblem ? problem : nil)
  }
}

extension PBSchedulePaused {
  init(_ schedule: ScheduleID, texts: inout TextWriter) {
    self.init()
    location = texts.index(schedule.location)
    name = texts.index(schedule.name)
  }
}

extension PBScheduleResumed {
  init(_ schedule: ScheduleID, texts: inout TextWriter) {
    self.init()
    location = texts.index(schedule.location)
    name = texts.index(schedule.name)
  }
}
