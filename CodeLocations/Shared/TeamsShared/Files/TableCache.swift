// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// The tables read last, by file, so that steps that share a file read it once; forgets the least recently used ones.
///
/// A file that was replaced is read anew: its size and modification time belong to the key.
final class TableCache: Sendable {
  /// How many bytes of tables are kept.
  static let limit = 32 * 1024 * 1024

  private struct Key: Hashable {
    let path: String
    let size: Int
    let modified: Date
  }

  /// Oldest use first.
  private let kept = Mutex<[(key: Key, table: Table)]>([])

  func table(at url: URL) throws(DataError) -> Table {
    let key = try Self.key(of: url)
    if let table = kept.withLock({ Self.use(key, in: &$0) }) { return table }
    // Two steps may read a file at once here: it costs time once, where a lock around the reading would cost every step.
    let table = try Table(contentsOf: url)
    kept.withLock { Self.keep(table, as: key, in: &$0) }
    return table
  }

  private static func key(of url: URL) throws(DataError) -> Key {
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
      return Key(
        path: url.path, size: attributes[.size] as? Int ?? 0, modified: attributes[.modificationDate] as? Date ?? .distantPast)
    } catch {
      throw DataError(file: url, "cannot be found")
    }
  }

  private static func use(_ key: Key, in kept: inout [(key: Key, table: Table)]) -> Table? {
    guard let index = kept.firstIndex(where: { $0.key == key }) else { return nil }
    let entry = kept.remove(at: index)
    kept.append(entry)
    return entry.table
  }

  private static func keep(_ table: Table, as key: Key, in kept: inout [(key: Key, table: Table)]) {
    kept.removeAll { $0.key.path == key.path }
    kept.append((key, table))
    while kept.count > 1, kept.reduce(0, { $0 + $1.table.size }) > limit { kept.removeFirst() }
  }
}
