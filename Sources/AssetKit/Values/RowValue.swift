// SPDX-License-Identifier: Apache-2.0

/// A value made of rows, which storage writes and reads one at a time: arrays and ``Rows``.
public protocol RowValue: Codable {
  associatedtype Row: Codable
  /// Hands out the rows, in order.
  func eachRow(_ body: (Row) async throws -> Void) async throws

  /// The value made of stored rows; it may read them now or later, and more than once.
  ///
  /// - Parameter start: opens the stored rows and returns what gives them one by one, and nil at the end.
  static func reading(_ start: @escaping @Sendable () async throws -> () async throws -> Row?) async throws -> Self
}

extension Array: RowValue where Element: Codable {
  public func eachRow(_ body: (Element) async throws -> Void) async throws {
    for row in self { try await body(row) }
  }

  public static func reading(_ start: @escaping @Sendable () async throws -> () async throws -> Element?) async throws
    -> [Element]
  {
    let next = try await start()
    var result: [Element] = []
    while let row = try await next() { result.append(row) }
    return result
  }
}

extension Rows: RowValue {
  public func eachRow(_ body: (Row) async throws -> Void) async throws {
    for try await row in self { try await body(row) }
  }

  public static func reading(_ start: @escaping @Sendable () async throws -> () async throws -> Row?) async throws -> Rows<Row> {
    Rows(start)
  }
}
