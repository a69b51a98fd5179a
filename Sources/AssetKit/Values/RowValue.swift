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
  private let place: String
  private let arrayBytes: Int

  /// - Parameters:
  ///   - place: the file or its like, for error messages.
  ///   - arrayBytes: bytes that the rows may take as an array, without what they refer to.
  package init(at place: String = "", arrayBytes: Int = .max, open: @escaping @Sendable () throws -> Cursor) {
    self.open = open
    self.place = place
    self.arrayBytes = arrayBytes
  }

  /// Refuses an array of more rows than fit: a stored row may take far fewer bytes than one in memory.
  fileprivate func check(_ count: Int, of type: Any.Type, stride: Int) throws {
    guard count > arrayBytes / max(1, stride) else { return }
    throw InputError(
      "\(place):\(count): so many rows, each a \(type) of \(stride) bytes, are more than an array may take, \(arrayBytes) bytes "
        + "(arrayBytes): store and read them as Rows", isRetryable: false)
  }

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
    while let row = try cursor.next(as: Element.self) {
      try stored.check(result.count + 1, of: Element.self, stride: MemoryLayout<Element>.stride)
      result.append(row)
    }
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
