// SPDX-License-Identifier: Apache-2.0

import Logging
import Orchestrator

extension UpkeepNotice {
  /// Tells in the log what the engine did for its journal.
  func tell(_ logger: Logger) {
    switch self {
    case .snapshotIgnored(let problem):
      logger.warning("a snapshot does not verify, and is left aside", metadata: ["problem": "\(problem)"])
    case .replayed(let begin, let end):
      logger.info(
        "journal read", metadata: ["snapshot": .stringConvertible(begin), "position": .stringConvertible(end)])
    case .snapshotSaved(let position):
      logger.info("snapshot saved", metadata: ["position": .stringConvertible(position)])
    case .snapshotFailed(let problem): logger.error("no snapshot could be saved", metadata: ["problem": "\(problem)"])
    case .pruned(let report):
      logger.info(
        "old runs pruned",
        metadata: [
          "runs": .stringConvertible(report.runs), "events": .stringConvertible(report.events),
          "beginning": .stringConvertible(report.beginning),
        ])
    case .followerBehind(let problem):
      logger.notice("the next events were pruned: following from a snapshot", metadata: ["problem": "\(problem)"])
    case .pruningFailed(let problem): logger.error("old runs could not be pruned", metadata: ["problem": "\(problem)"])
    case .clockSet(let step):
      let direction = step > .zero ? "the clock was set forward, or the machine was suspended" : "the clock was set back"
      logger.warning("\(direction)", metadata: ["seconds": "\(step / .seconds(1))"])
    case .journalAhead(let lead):
      logger.warning(
        "the journal is ahead of the clock: events are stamped with its last instant until the clock has caught up",
        metadata: ["seconds": "\(lead / .seconds(1))"])
    case .journalLevel: logger.notice("the clock has caught up with the journal")
    }
  }
}
