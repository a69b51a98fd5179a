// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Crypto
import Synchronization

/// The data file of a version, held to what its locator says of it: below the reader's roots, of this size, with this hash.
final class StoredFile: ByteStore {
  private let uri: FileURI
  private let roots: ReadRoots
  private let size: Int64?
  private let hash: ContentHash?
  /// The file that was last found to have the hash, as it was then.
  private let verified = Mutex<FileIdentity?>(nil)

  var place: String { uri.path }

  /// - Throws: ``InputError`` for a locator that is no path below the roots, or whose hash is unknown; nothing is opened yet.
  init(_ locator: Locator, below roots: ReadRoots) throws {
    do {
      uri = try FileLayout.uri(of: locator)
    } catch {
      throw InputError("\(error)", isRetryable: false)
    }
    self.roots = roots
    size = locator.size
    hash = try locator.contentHash.map { try ContentHash(parsing: $0) }
  }

  func open() throws -> any ByteSource { try opened().reader }

  /// Reads the file to its end first, unless it is as it was when that was last done, and then once more from the same descriptor.
  func openVerified() throws -> any ByteSource {
    let (reader, file, identity) = try opened()
    guard hash != nil, verified.withLock({ $0 != identity }) else { return reader }
    while try !reader.read().isEmpty {}
    verified.withLock { $0 = identity }
    return FileReader(file, place: place, size: identity.size, hash: hash)
  }

  private func opened() throws -> (reader: FileReader, file: OpenFile, identity: FileIdentity) {
    let file = try roots.open(uri)
    do {
      let identity = try file.identity()
      if let size, size != identity.size {
        throw InputError(
          "\(place): has \(identity.size) bytes, and the version has \(size): the file was changed", isRetryable: false)
      }
      return (FileReader(file, place: place, size: identity.size, hash: hash), file, identity)
    } catch let error as StorageError {
      throw InputError("\(error)", isRetryable: true)
    }
  }
}

/// Reads a data file from its beginning; its length and hash are compared at its end.
private final class FileReader: ByteSource {
  let size: Int
  private let file: OpenFile
  private let place: String
  private let expected: ContentHash?
  private var hash = SHA256()
  private var offset: Int64 = 0

  init(_ file: OpenFile, place: String, size: Int64, hash: ContentHash?) {
    self.file = file
    self.place = place
    self.size = Int(size)
    expected = hash
  }

  /// - Throws: `CancellationError` between two chunks, so that a load which nobody waits for ends.
  func read() throws -> ArraySlice<UInt8> {
    try Task.checkCancellation()
    let chunk: [UInt8]
    do {
      chunk = try file.read(at: offset)
    } catch let error as StorageError {
      throw InputError("\(error)", isRetryable: true)
    }
    offset += Int64(chunk.count)
    if offset > size || (chunk.isEmpty && offset < size) {
      throw InputError("\(place): had \(size) bytes when it was opened, and has changed since", isRetryable: false)
    }
    guard let expected else { return chunk[...] }
    if !chunk.isEmpty { hash.update(data: chunk) } else { try compare(with: expected) }
    return chunk[...]
  }

  /// A copy is finalized: the end may be read again.
  private func compare(with expected: ContentHash) throws {
    let found = ContentHash(hash.finalize())
    guard found != expected else { return }
    throw InputError(
      "\(place): has the content hash \(found), and the version has \(expected): the file was changed after it was staged",
      isRetryable: false)
  }
}
