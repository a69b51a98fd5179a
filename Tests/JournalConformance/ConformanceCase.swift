// SPDX-License-Identifier: Apache-2.0

package import Orchestrator

/// A store to try: its storage, and handles on it.
package struct StoreUnderTest: Sendable {
  /// Gives a handle on the storage, not opened yet. A store that only one handle may hold lets go of the one before.
  package let connect: @Sendable () async throws -> any Journal

  package init(connect: @escaping @Sendable () async throws -> any Journal) { self.connect = connect }

  func open() async throws -> (journal: any Journal, opening: JournalOpening) {
    let journal = try await connect()
    return (journal, try await journal.open())
  }
}

/// One thing that every store must do, tried on fresh storage; throws ``ConformanceFailure`` where it does not.
package struct ConformanceCase: Sendable, CustomStringConvertible {
  package let description: String
  private let body: @Sendable (StoreUnderTest) async throws -> Void

  init(_ description: String, _ body: @escaping @Sendable (StoreUnderTest) async throws -> Void) {
    self.description = description
    self.body = body
  }

  package func run(on store: StoreUnderTest) async throws { try await body(store) }
}

/// What a store did not do.
package struct ConformanceFailure: Error, CustomStringConvertible {
  package let description: String
}

/// Fails the case unless a condition holds.
func require(_ condition: Bool, _ what: @autoclosure () -> String, line: Int = #line) throws {
  guard condition else { throw ConformanceFailure(description: "\(what()) (line \(line))") }
}

func requireEqual<Value: Equatable>(_ found: Value, _ wanted: Value, _ what: String, line: Int = #line) throws {
  guard found != wanted else { return }
  throw ConformanceFailure(description: "\(what) (line \(line)):\n  found  \(found)\n  wanted \(wanted)")
}

/// Compares element by element, so that a failure shows the first difference and not two long lists.
func requireEqual<Value: Equatable>(_ found: [Value], _ wanted: [Value], _ what: String, line: Int = #line) throws {
  for (index, pair) in zip(found, wanted).enumerated() {
    try requireEqual(pair.0, pair.1, "\(what), element \(index)", line: line)
  }
  try requireEqual(found.count, wanted.count, "\(what), how many", line: line)
}

/// Fails the case unless a body throws a ``JournalError`` with a code.
func requireRefusal(
  _ code: JournalError.Code, _ what: String, line: Int = #line, _ body: () async throws -> Void
) async throws {
  do {
    try await body()
  } catch let error as JournalError where error.code == code {
    return
  } catch {
    throw ConformanceFailure(description: "\(what) (line \(line)): refused with \(error), not as \(code)")
  }
  throw ConformanceFailure(description: "\(what) (line \(line)): was not refused")
}
