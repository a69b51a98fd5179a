// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// What waits for the engine's loop; the bound is the number of callers, since each awaits its answer.
final class Inbox: Sendable {
  enum Item: Sendable {
    /// Commands that are decided in turn, and answered once all of them are durable; of one reign alone, where it names one.
    case commands([Command], reign: Epoch? = nil, answer: (@Sendable (Result<[Reply], any Error>) -> Void)?)
    case query(@Sendable (Result<Core, any Error>) -> Void)
    /// An instant has come of which the loop wanted to be told; they are numbered.
    case due(UInt64)
    /// A batch of the loop has arrived in the store, or has not.
    case appended(UInt64, Result<Void, any Error>)
    /// What the history was asked for beside the loop, in a reign and for a location.
    case returned(Epoch, LocationName, Result<Errand, any Error>)
  }

  private struct Content {
    var items: [Item] = []
    var waiter: CheckedContinuation<Void, Never>?
    /// Set once the engine is gone: later items are refused at once.
    var closed: (any Error)?
  }

  private let content = Mutex(Content())

  func put(_ item: Item) {
    let (waiter, refusal) = content.withLock { content -> (CheckedContinuation<Void, Never>?, (any Error)?) in
      if let error = content.closed { return (nil, error) }
      content.items.append(item)
      defer { content.waiter = nil }
      return (content.waiter, nil)
    }
    if let refusal { Self.refuse(item, refusal) }
    waiter?.resume()
  }

  /// Takes everything that waits, at least one item; empty only when the task is cancelled.
  func takeAll() async -> [Item] {
    while !Task.isCancelled {
      let items = content.withLock { content in
        defer { content.items = [] }
        return content.items
      }
      if !items.isEmpty { return items }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isReady = content.withLock { content in
            if !content.items.isEmpty || Task.isCancelled { return true }
            content.waiter = continuation
            return false
          }
          if isReady { continuation.resume() }
        }
      } onCancel: {
        wake()
      }
    }
    return []
  }

  /// Takes what batches have come to, and leaves the rest.
  func takeLanded() -> [Item] {
    content.withLock { content in
      let landed = content.items.filter(\.isLanding)
      content.items.removeAll(where: \.isLanding)
      return landed
    }
  }

  /// Refuses everything that waits, and everything to come until `reopen`.
  func close(_ error: any Error) {
    let items = content.withLock { content in
      content.closed = error
      defer { content.items = [] }
      return content.items
    }
    for item in items { Self.refuse(item, error) }
  }

  /// How many callers wait.
  var count: Int { content.withLock { $0.items.count } }

  func reopen() { content.withLock { $0.closed = nil } }

  static func refuse(_ item: Item, _ error: any Error) {
    switch item {
    case .commands(_, _, let answer): answer?(.failure(error))
    case .query(let answer): answer(.failure(error))
    case .due, .appended, .returned: break
    }
  }

  private func wake() {
    let waiter = content.withLock { content in
      defer { content.waiter = nil }
      return content.waiter
    }
    waiter?.resume()
  }
}

extension Inbox.Item {
  fileprivate var isLanding: Bool { if case .appended = self { true } else { false } }
}
