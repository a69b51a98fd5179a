// SPDX-License-Identifier: Apache-2.0

/// A value made of rows, which storage writes and reads one at a time: arrays and ``Rows``.
public protocol RowValue: Codable {
  associatedtype Row: Codable
  /// Hands out the rows, in order.
  func eachRow(_ body: (Row) async throws -> Void) async throws

  /// The value made of stored rows; it may read them now or later, and more than once.
  ///
  /// - Throws: ``InputError`` naming file, line and field.
  static func reading(_ stored: StoredRows) async throws -> Self
}

/// Rows that lie in storage, to be decoded into any type.
public struct StoredRows: Sendable {
  /// Gives the rows one by one, each as it is asked for.
  public typealias Cursor = any RowCursor

  package let open: @Sendable () throws -> Cursor

  package init(open: @escaping @Sendable () throws -> Cursor) { self.open = open }

  /// Begins at the first row.
  ///
  /// - Throws: ``InputError`` when the rows cannot be opened.
  public func cursor() throws -> Cursor { try open() }
}

/// A place among stored rows.
public protocol RowCursor: AnyObject {
  /// The next row; nil at the end.
  ///
  /// - Throws: ``InputError`` naming file, line and field.
  func next<Row: Decodable>(as type: Row.Type) throws -> Row?
}

extension Array: RowValue where Element: Codable {
  public func eachRow(_ body: (Element) async throws -> Void) async throws {
    for row in self { try await body(row) }
  }

  public static func reading(_ stored: StoredRows) async throws -> [Element] {
    let cursor = try stored.cursor()
    var result: [Element] = []
    while let row = try cursor.next(as: Element.self) { result.append(row) }
    return result
  }
}

extension Rows: RowValue {
  public func eachRow(_ body: (Row) async throws -> Void) async throws {
    for try await row in self { try await body(row) }
  }

  public static func reading(_ stored: StoredRows) async throws -> Rows<Row> {
    Rows {
      let cursor = try stored.cursor()
      return { try cursor.next(as: Row.self) }
    }
  }
}
