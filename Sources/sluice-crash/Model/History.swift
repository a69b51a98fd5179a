// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Synchronization

/// The journal as the live stream has told it.
struct History: Sendable {
  enum End: String, Sendable { case promoted, rejected, discarded }

  struct Version: Sendable {
    let number: UInt32
    let step: StepKey
    let end: End
    let position: UInt64
    let at: Instant
  }

  struct StepEnd: Sendable {
    let state: StepState?
    let message: String?
  }

  private(set) var position: UInt64 = 0
  /// What each position told, to be compared with what it tells later.
  private(set) var digests: [UInt64: Int] = [:]
  /// In the journal's order.
  private(set) var versions: [Place: [Version]] = [:]
  /// The positions of the grants of each run.
  private(set) var grants: [UInt64: [UInt64]] = [:]
  private(set) var stepEnds: [StepKey: [StepEnd]] = [:]
  private(set) var runEnds: [UInt64: [RunState?]] = [:]
  private(set) var counts: [String: Int] = [:]

  mutating func add(_ event: LiveEvent) {
    position = max(position, event.position)
    digests[event.position, default: 0] &+= event.hashValue
    counts[event.kind.rawValue, default: 0] += 1
    guard let run = event.run else { return }
    if event.kind == .runEnded { runEnds[run, default: []].append(event.state.flatMap { RunState(rawValue: $0) }) }
    guard let ordinal = event.step else { return }
    let step = StepKey(run: run, ordinal: ordinal)
    switch event.kind {
    case .stepGranted: grants[run, default: []].append(event.position)
    case .stepEnded:
      stepEnds[step, default: []].append(
        StepEnd(state: event.state.flatMap { StepState(rawValue: $0) }, message: event.message))
    case .versionPromoted: add(.promoted, event, step)
    case .versionRejected: add(.rejected, event, step)
    case .versionDiscarded: add(.discarded, event, step)
    default: break
    }
  }

  private mutating func add(_ end: End, _ event: LiveEvent, _ step: StepKey) {
    let digits = (event.message ?? "").dropFirst().prefix { $0.isNumber }
    guard let asset = event.asset, let number = UInt32(digits) else { return }
    versions[Place(asset: asset, partition: event.partition ?? ""), default: []].append(
      Version(number: number, step: step, end: end, position: event.position, at: event.at))
  }

  /// The version that consumers must read.
  func current(of place: Place) -> Version? { versions[place]?.last { $0.end == .promoted } }

  /// The newest version that was promoted or rejected, before a position where one is given.
  func newestSettled(of place: Place, before position: UInt64 = .max, promotedOnly: Bool = false) -> Version? {
    versions[place]?.filter { version in
      version.position < position && (promotedOnly ? version.end == .promoted : version.end != .discarded)
    }.max { $0.number < $1.number }
  }
}
