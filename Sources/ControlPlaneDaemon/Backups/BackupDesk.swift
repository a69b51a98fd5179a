// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI
package import Foundation
import Orchestrator
package import SQLiteStore
import Synchronization

/// Makes backups of a daemon's store, one at a time.
package final class BackupDesk: Sendable {
  /// Where a store can be backed up by the daemon, or the words that say what to do instead.
  package enum Source: Sendable {
    case sqlite(SQLiteJournal)
    /// A database that its own tools back up, as messages call it.
    case postgres(String)
  }

  private let source: Source
  private let isBusy = Mutex(false)

  package init(_ source: Source) { self.source = source }

  /// Writes a backup while the store is in use.
  ///
  /// - Throws: ``APIError``: `bad_request` for a name that may not be, `conflict` where the file is there, another backup is being made,
  ///   or the store is none that can be copied; `unavailable` where it cannot be written.
  package func make(_ request: BackupRequest, release: String, at now: Timestamp) async throws -> BackupSummary {
    guard case .sqlite(let journal) = source else { throw refusal(request) }
    let file = try Self.target(request)
    let isFirst = isBusy.withLock { isBusy in
      defer { isBusy = true }
      return !isBusy
    }
    guard isFirst else {
      throw APIError(.conflict, "another backup is being made", mend: "try again once it is there")
    }
    defer { isBusy.withLock { $0 = false } }
    let content: SQLiteBackup.Content
    do {
      content = try await journal.backup(to: file, release: release, at: now)
    } catch let error as JournalError where error.code == .damaged {
      throw APIError(.conflict, error.message, mend: "keep the data directory as it is; restore an earlier backup into another")
    } catch let error as JournalError {
      throw APIError(.unavailable, error.message)
    }
    let bytes = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? UInt64 ?? 0
    return BackupSummary(
      file: file.path, position: content.position, bytes: bytes, verified: true,
      incarnation: content.incarnation.description, epoch: content.epoch, release: content.release,
      madeAt: Instant(content.madeAt))
  }

  /// The file of a request, once it may be written.
  package static func target(_ request: BackupRequest) throws(APIError) -> URL {
    let path = request.file
    guard path.hasPrefix("/"), !path.utf8.contains(0) else {
      throw APIError(.badRequest, "'\(path)' is no absolute path", mend: "name the whole path, on the daemon's machine")
    }
    guard path.utf8.count <= longestPath else {
      throw APIError(.badRequest, "the path of the backup has more than \(longestPath) bytes")
    }
    let file = URL(fileURLWithPath: path).standardizedFileURL
    guard file.lastPathComponent.hasSuffix(BackupRequest.suffix), file.lastPathComponent != BackupRequest.suffix else {
      throw APIError(
        .badRequest, "'\(path)' does not end in '\(BackupRequest.suffix)', as the name of a backup does",
        mend: "name it \(path)\(BackupRequest.suffix)")
    }
    guard !FileManager.default.fileExists(atPath: file.path) else {
      throw APIError(.conflict, "\(file.path) exists already", mend: "give the backup a name of its own")
    }
    var isDirectory: ObjCBool = false
    let folder = file.deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw APIError(.badRequest, "there is no directory \(folder) on the daemon's machine", mend: "create it, or name another")
    }
    return file
  }

  private static let longestPath = 4_000

  private func refusal(_ request: BackupRequest) -> APIError {
    guard case .postgres(let place) = source else { return APIError(.internal, "the store cannot be backed up") }
    return APIError(
      .conflict, "the store is \(place), which PostgreSQL's own tools back up while it is in use",
      mend:
        "pg_dump --format=custom --file=\(ShellWord(request.file)) --dbname=\"$STORE\", where STORE is what the daemon's --store "
        + "names; docs/operating.md has the way back")
  }
}
