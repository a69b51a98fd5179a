// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite struct `Which launches of a request are decided together` {
  private struct Failure: Error {}

  private static func named(_ count: Int) throws -> LaunchRequest {
    LaunchRequest(try Selection((0..<count).map { "up/a\($0)" }.joined(separator: ",")))
  }

  private static func done(_ number: Int) -> Reply {
    .launched(LaunchReceipt(run: RunID(UInt64(number)), isRepeat: false, steps: 1))
  }
  private static let stale = Reply.refused(CommandError(.stale, "changed"))

  /// How many are decided at once, portion by portion.
  private static func sizes(_ requests: [LaunchRequest], among assets: Int) -> [Int] {
    var queue = LaunchQueue(requests)
    var sizes: [Int] = []
    while let portion = queue.next(among: assets) {
      sizes.append(portion.requests.count)
      queue.note(portion.requests.map { _ in done(1) }, of: portion)
    }
    return sizes
  }

  private static func next(_ queue: inout LaunchQueue, among assets: Int) throws -> LaunchQueue.Portion {
    let portion = queue.next(among: assets)
    return try #require(portion)
  }

  @Test func `what is worked out on the loop is bounded by what there is to look at, and by number`() throws {
    let all = Array(repeating: LaunchRequest(.all), count: 500)
    // Just below what is worked out beside the loop.
    #expect(Self.sizes(all, among: Engine.largeGraph - 1).max() == 3)
    let (hundred, one) = (try Self.named(100), try Self.named(1))
    #expect(Self.sizes(Array(repeating: hundred, count: 500), among: 100_000) == Array(repeating: 20, count: 25))
    #expect(Self.sizes(Array(repeating: one, count: 501), among: 100_000) == [500, 1])
  }

  @Test func `what is not worked out any more comes next, and small and large ones are decided apart`() throws {
    let requests = [LaunchRequest(.all), LaunchRequest(.all), try Self.named(1), LaunchRequest(.all)]
    var queue = LaunchQueue(requests)
    let first = try Self.next(&queue, among: 5_000)
    #expect(first.isLarge && first.requests.count == 2)
    queue.note([Self.done(1)], of: first)
    let second = try Self.next(&queue, among: 5_000)
    #expect(second.isLarge && second.requests.count == 1)
    queue.note([Self.done(2)], of: second)
    let third = try Self.next(&queue, among: 5_000)
    #expect(!third.isLarge && third.requests == [requests[2]])
    queue.note([Self.done(3)], of: third)
    let last = try Self.next(&queue, among: 5_000)
    queue.note([Self.done(4)], of: last)
    let rest = queue.next(among: 5_000)
    #expect(rest?.requests.isEmpty ?? true)
    #expect(queue.all == (1...4).map { Self.done($0) })
  }

  @Test func `a stale one is worked out again beside the loop, so many times, and those behind it keep their places`() throws {
    var queue = LaunchQueue([LaunchRequest(.all), try Self.named(1)])
    let first = try Self.next(&queue, among: 5)
    #expect(!first.isLarge && first.requests.count == 2)
    queue.note([Self.stale, Self.done(7)], of: first)
    for _ in 1..<LaunchLimits.preparations {
      let again = try Self.next(&queue, among: 5)
      #expect(again.isLarge && again.requests == [LaunchRequest(.all)])
      queue.note([Self.stale], of: again)
    }
    let rest = queue.next(among: 5)
    #expect(rest?.requests.isEmpty ?? true)
    #expect(queue.all == [Self.stale, Self.done(7)])
  }

  @Test func `after an error what is decided is told, and of the others whether they may have been launched`() throws {
    var queue = LaunchQueue(Array(repeating: LaunchRequest(.all), count: 9))
    let first = try Self.next(&queue, among: 999)
    queue.note((1...3).map { Self.done($0) }, of: first)
    _ = queue.next(among: 999)
    let replies = queue.replies(for: Failure())
    #expect(Array(replies.prefix(3)) == (1...3).map { Self.done($0) })
    let said = replies.dropFirst(3).map { if case .refused(let error) = $0 { error.message } else { "" } }
    #expect(said.prefix(3).allSatisfy { $0.hasPrefix("it may have been launched or not") })
    #expect(said.suffix(3).allSatisfy { $0.hasPrefix("it was not launched") })
  }
}
