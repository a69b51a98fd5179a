// SPDX-License-Identifier: Apache-2.0

/// Something that must never be, and was.
struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
  let rule: Rule
  let detail: String

  enum Rule: String, Sendable, CaseIterable {
    case acknowledged = "an acknowledged run is there, under its key"
    case once = "a step commits at most once"
    case growing = "the versions of a partition grow"
    case current = "what is current is what the journal promoted last"
    case gate = "what is read was promoted, and what the gate allowed"
    case verdict = "a version ends as its checks say"
    case content = "a version holds what its attempt made"
    case cancelled = "nothing of a cancelled run is promoted after its acknowledgement, and no other run is cancelled"
    case outcome = "a run ends as its steps did, and a step as its assets let it"
    case rest = "nothing is stuck"
    case slots = "no slot is held at rest"
    case storage = "storage holds what the journal says, and nothing else"
    case journal = "the journal tells the same after a crash"
    case process = "no process ends by itself"
  }

  init(_ rule: Rule, _ detail: String) {
    self.rule = rule
    self.detail = detail
  }

  var description: String { "\(rule.rawValue): \(detail)" }
}
