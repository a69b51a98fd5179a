// SPDX-License-Identifier: Apache-2.0

package import Orchestrator
import Synchronization

/// Events of the journal in a row, made into something that streams read.
package protocol JournalPage: Sendable {
  /// The position before its first event.
  var after: JournalPosition { get }
  /// That of its last event; `after` where it has none.
  var end: JournalPosition { get }
  var bytes: Int { get }
}

/// Pages that several streams read and that are made once: by whoever comes first, while the others wait for it.
package final class SharedPages<Page: JournalPage>: Sendable {
  fileprivate struct Content {
    /// The newest last.
    var kept: [Page] = []
    var making: [JournalPosition: Task<Page, any Error>] = [:]
    var made = 0
  }

  private let limits: HTTPLimits
  private let slots: Permits
  private let make: @Sendable (JournalPosition) async throws -> Page
  private let content = Mutex(Content())

  package init(_ limits: HTTPLimits, make: @escaping @Sendable (JournalPosition) async throws -> Page) {
    self.limits = limits
    self.make = make
    slots = Permits(limits.pagesInMaking)
  }

  /// How many pages were made.
  package var made: Int { content.withLock { $0.made } }

  /// A page that has the event behind a position, also somewhere in its midst; an empty one where there is no such event yet.
  ///
  /// - Throws: what making it throws.
  package func page(after position: JournalPosition) async throws -> Page {
    let found: (page: Page?, task: Task<Page, any Error>?) = content.withLock { content in
      if let page = content.kept.last(where: { $0.after <= position && position < $0.end }) { return (page, nil) }
      if let task = content.making[position] { return (nil, task) }
      // Unstructured, since it belongs to all who wait for it: that one of them goes must not take it from the others. Making ends by
      // itself.
      let task = Task { try await self.made(after: position) }
      content.making[position] = task
      return (nil, task)
    }
    if let page = found.page { return page }
    guard let task = found.task else { throw CancellationError() }
    return try await task.value
  }

  private func made(after position: JournalPosition) async throws -> Page {
    do {
      let page = try await slots.holding { try await make(position) }
      content.withLock { content in
        content.making[position] = nil
        content.made += 1
        if page.end > page.after { content.keep(page, limits) }
      }
      return page
    } catch {
      content.withLock { $0.making[position] = nil }
      throw error
    }
  }
}

extension SharedPages.Content {
  /// Keeps the newest page, however large, and as many of the others as may be.
  fileprivate mutating func keep(_ page: Page, _ limits: HTTPLimits) {
    kept.append(page)
    var bytes = kept.reduce(0) { $0 + $1.bytes }
    while kept.count > 1, kept.count > limits.keptPages || bytes > limits.keptBytes { bytes -= kept.removeFirst().bytes }
  }
}
