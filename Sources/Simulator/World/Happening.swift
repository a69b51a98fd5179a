// SPDX-License-Identifier: Apache-2.0

import AssetModel
import HeapModule
import Orchestrator

/// What the daemon says on a session.
enum ToHost {
  case grant(GrantRecord, Epoch)
  case cancel(AttemptID)
  case settle(VersionID, Settlement.Decision)
}

/// Something that is due at an instant; one of an instance, connection or daemon that is gone comes to nothing.
enum Happening {
  case action(Action)
  case ask(LaunchRequest, repeats: Int)

  case toHost(LocationName, connection: Int, number: Int, ToHost)
  case toDaemon(LocationName, connection: Int, number: Int, FromHost)
  case acknowledge(LocationName, connection: Int, number: Int)
  case strayToHost(LocationName, instance: Int, ToHost)
  case strayToDaemon(Command)

  case act(LocationName, instance: Int, AttemptID, index: Int)
  case stop(LocationName, instance: Int, AttemptID, StepEnd?)
  case settle(LocationName, instance: Int, VersionID, Settlement.Decision)
  case drained(LocationName, instance: Int, deployment: Int?)
  case startHost(LocationName)

  case noticeBreak(LocationName, connection: Int, daemon: Int)
  case connect(LocationName, daemon: Int)
  case described(LocationName, daemon: Int, instance: Int, Deployment)
  case describeAgain(LocationName, daemon: Int)
  case leave(LocationName, daemon: Int)

  case appended(daemon: Int)
  case lookForTicks
  case startDaemon
}

/// The virtual clock's agenda: what happens next, in order of time and then of being added.
struct EventQueue {
  private struct Entry: Comparable {
    let at: Timestamp
    let order: Int
    let happening: Happening
    static func < (left: Entry, right: Entry) -> Bool { (left.at, left.order) < (right.at, right.order) }
    static func == (left: Entry, right: Entry) -> Bool { left.order == right.order }
  }

  private var heap = Heap<Entry>()
  private var count = 0

  var nextInstant: Timestamp? { heap.min?.at }

  mutating func add(_ happening: Happening, at instant: Timestamp) {
    count += 1
    heap.insert(Entry(at: instant, order: count, happening: happening))
  }

  mutating func next() -> (at: Timestamp, happening: Happening)? { heap.popMin().map { ($0.at, $0.happening) } }
}
