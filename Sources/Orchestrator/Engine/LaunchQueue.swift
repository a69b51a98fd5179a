// SPDX-License-Identifier: Apache-2.0

import AssetModel
import DequeModule

/// The launches of one request: which are decided next, and what has become of the others.
package struct LaunchQueue {
  /// Launches that are decided together.
  package struct Portion {
    fileprivate var places: [Int] = []
    package fileprivate(set) var requests: [LaunchRequest] = []
    /// Whether they are worked out beside the loop.
    package fileprivate(set) var isLarge = false
  }

  private let requests: [LaunchRequest]
  private var replies: [Reply?]
  /// Those without a reply, in order.
  private var open: Deque<Int>
  /// How often each was worked out on definitions that were others by the time it was decided.
  private var stale: [Int: Int] = [:]

  package init(_ requests: [LaunchRequest]) {
    self.requests = requests
    replies = Array(repeating: nil, count: requests.count)
    open = Deque(requests.indices)
  }

  /// Takes the next ones out, in a workspace of so many assets.
  package mutating func next(among assets: Int) -> Portion? {
    var portion = Portion()
    var work = 0
    while let place = open.first, portion.places.count < Engine.launchesAtOnce {
      let request = requests[place]
      let isLarge = request.isLarge(among: assets) || stale[place] != nil
      if portion.places.isEmpty { portion.isLarge = isLarge }
      guard portion.isLarge == isLarge, isLarge || work < LaunchLimits.workTogether else { break }
      work += min(request.work(among: assets), Engine.largeGraph)  // No overflow: of so many.
      portion.places.append(place)
      portion.requests.append(request)
      open.removeFirst()
    }
    return portion.places.isEmpty ? nil : portion
  }

  /// Notes what a portion came to; where there are fewer replies, the rest of it comes next.
  package mutating func note(_ decided: [Reply], of portion: Portion) {
    var again = Array(portion.places.dropFirst(decided.count))
    for (place, reply) in zip(portion.places, decided) {
      if case .refused(let error) = reply, error.code == .stale, !isSpent(place) {
        again.append(place)
      } else {
        replies[place] = reply
      }
    }
    open.prepend(contentsOf: again.sorted())
  }

  private mutating func isSpent(_ place: Int) -> Bool {
    stale[place, default: 0] += 1
    return stale[place, default: 0] >= LaunchLimits.preparations
  }

  var hasReplies: Bool { replies.contains { $0 != nil } }

  /// Every reply; whatever has none is refused for an error.
  package func replies(for error: any Error) -> [Reply] {
    let waits = Set(open)
    return replies.indices.map { place in
      if let reply = replies[place] { return reply }
      let what = waits.contains(place) ? "it was not launched" : "it may have been launched or not: repeat it with a client key"
      return .refused(CommandError(.undecided, "\(what): \(error)"))
    }
  }

  /// Every reply, once all are there.
  package var all: [Reply] { replies.compactMap(\.self) }
}

extension LaunchRequest {
  /// How much there is to look at for it, about, in a workspace of so many assets.
  func work(among assets: Int) -> Int {
    guard mayBeLarge else { return selection.clauses.count }
    let (work, overflow) = assets.multipliedReportingOverflow(by: max(1, selection.clauses.count))
    return overflow ? .max : work
  }

  /// Whether it is worked out beside the loop.
  package func isLarge(among assets: Int) -> Bool { mayBeLarge && work(among: assets) >= Engine.largeGraph }
}
