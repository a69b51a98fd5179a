// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import Orchestrator
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How far a journal was known to go, kept in a file of its own, so that a journal whose tail is gone cannot pass for a whole one.
///
/// SQLite drops whatever it cannot read at the end of its log without a word: as after a crash, where that was never acknowledged.
/// The mark tells the two apart. It is written after each commit and not synced: it may lag behind the journal, and never leads it.
struct EndMark: Equatable {
  var incarnation: Incarnation
  var position: JournalPosition
  /// Whether the store was closed in order, and nothing has touched it since.
  var isClosed: Bool

  private static let magic: [UInt8] = Array("SLUM1\0\0".utf8)
  static let size = 24

  var bytes: Data {
    var bytes = Data(Self.magic)
    bytes.append(isClosed ? 1 : 0)
    withUnsafeBytes(of: incarnation.value.littleEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: position.littleEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: Checksum.crc32(bytes).littleEndian) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// nil for bytes that are no mark, as where the machine stopped while it was written.
  init?(_ bytes: Data) {
    let bytes = Array(bytes)
    guard bytes.count == Self.size, Array(bytes[..<7]) == Self.magic,
      Checksum.crc32(Data(bytes[..<20])) == UInt32(littleEndian: bytes[20...])
    else { return nil }
    incarnation = Incarnation(UInt32(littleEndian: bytes[8...]))
    position = UInt64(littleEndian: bytes[12...])
    isClosed = bytes[7] == 1
  }

  init(incarnation: Incarnation, position: JournalPosition, isClosed: Bool) {
    self.incarnation = incarnation
    self.position = position
    self.isClosed = isClosed
  }
}

/// The mark's file, open for as long as the store is.
final class EndMarkFile: Sendable {
  private let descriptor: Int32
  /// A value that is being written; appends come one after the other, so nobody waits.
  private let mark: Mutex<EndMark>

  /// Opens the file and says that the store is in use.
  ///
  /// - Throws: ``JournalError`` with code `unavailable`.
  init(path: String, _ mark: EndMark) throws(JournalError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    self.mark = Mutex(mark)
    guard descriptor >= 0, write(mark), fsync(descriptor) == 0 else {
      throw JournalError(.unavailable, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit { if descriptor >= 0 { _ = close(descriptor) } }

  /// Raises the mark. That it fails costs only the mark, and never an append.
  func raise(to position: JournalPosition) {
    mark.withLock { mark in
      guard position > mark.position else { return }
      mark.position = position
      _ = write(mark)
    }
  }

  /// Says that the store was closed in order.
  func finish() {
    mark.withLock { mark in
      mark.isClosed = true
      if write(mark) { _ = fsync(descriptor) }
    }
  }

  private func write(_ mark: EndMark) -> Bool {
    mark.bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) } == EndMark.size
  }
}

extension FixedWidthInteger {
  /// The value of the first bytes, the lowest first.
  fileprivate init(littleEndian bytes: ArraySlice<UInt8>) {
    self = bytes.prefix(Self.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Self($1) }
  }
}
