// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Which sets of passed checks cover the blocking checks of an asset, as far as somebody asked: two hundred checks are compared once, and
/// not for each of ten thousand partitions on which the same ones passed.
///
/// It counts for one graph, and for one state that goes on.
struct Coverage: Sendable {
  private struct Question: Hashable {
    let asset: AssetKey
    let passed: CheckSets.ID
  }

  private var answers: [Question: Bool] = [:]
  /// Of the ids of sets that the answers name.
  private var generation: UInt32 = 0
  /// Partitions that are looked at one after the other mostly have one answer.
  private var last: (question: Question, answer: Bool)?

  /// Whether all of an asset's blocking checks are in a set, adding what is compared for that.
  mutating func covers(
    _ passed: CheckSets.ID, _ blocking: [CheckIdentity], of asset: AssetKey, _ sets: CheckSets, counting work: inout Int
  ) -> Bool {
    if blocking.isEmpty { return true }
    if passed == 0 { return false }
    if generation != sets.generation { (answers, last, generation) = ([:], nil, sets.generation) }
    let question = Question(asset: asset, passed: passed)
    if let last, last.question == question { return last.answer }
    let answer: Bool
    if let known = answers[question] {
      answer = known
    } else {
      work += blocking.count / Core.evaluationsPerUnit
      let set = sets[passed]
      answer = blocking.allSatisfy(set.contains)
      if answers.count >= GateLimits.rememberedSets { answers = [:] }
      answers[question] = answer
    }
    last = (question, answer)
    return answer
  }
}

/// What looking at gates has come to, carried from one to the next.
package struct GateScan: Sendable {
  /// How much was looked at, in units of ``CorePolicy/workPerDecision``.
  var work = 0
  /// Beyond so much, a scan stops where it may.
  var limit = Int.max
  /// How many more other runs are looked at; beyond them, what was found before counts.
  var otherRuns = Int.max
  var coverage = Coverage()

  package init() {}

  init(work: Int, limit: Int) { (self.work, self.limit) = (work, limit) }

  var isSpent: Bool { work >= limit }
}
