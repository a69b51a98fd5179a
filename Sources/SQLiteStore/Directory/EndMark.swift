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
///
/// In a copy of a directory that is in use it may lead: where it was copied after the log. So it says which file it stood beside, and
/// when it was written.
struct EndMark: Equatable {
  var incarnation: Incarnation
  var position: JournalPosition
  /// When the position was acknowledged, by the machine's clock.
  var writtenAt: Timestamp
  /// The journal's file that it was written for.
  var file: FileIdentity
  /// Whether the store was closed in order, and nothing has touched it since.
  var isClosed: Bool

  private static let magic: [UInt8] = Array("SLUM2\0\0".utf8)
  private static let checksumBytes = 4
  static let size = 48

  var bytes: Data {
    var bytes = Data(Self.magic)
    bytes.append(isClosed ? 1 : 0)
    func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
    add(incarnation.value)
    add(position)
    add(writtenAt.microseconds)
    add(file.device)
    add(file.inode)
    add(Checksum.crc32(bytes))
    return bytes
  }

  /// nil for bytes that are no mark, as where the machine stopped while it was written.
  init?(_ bytes: Data) {
    let bytes = Array(bytes)
    let checked = Self.size - Self.checksumBytes
    guard bytes.count == Self.size, Array(bytes[..<7]) == Self.magic,
      Checksum.crc32(Data(bytes[..<checked])) == UInt32(littleEndian: bytes[checked...])
    else { return nil }
    isClosed = bytes[7] == 1
    incarnation = Incarnation(UInt32(littleEndian: bytes[8...]))
    position = UInt64(littleEndian: bytes[12...])
    writtenAt = Timestamp(microseconds: Int64(bitPattern: UInt64(littleEndian: bytes[20...])))
    file = FileIdentity(device: UInt64(littleEndian: bytes[28...]), inode: UInt64(littleEndian: bytes[36...]))
  }

  init(incarnation: Incarnation, position: JournalPosition, file: FileIdentity) {
    self.incarnation = incarnation
    self.position = position
    self.file = file
    writtenAt = Self.now
    isClosed = false
  }

  mutating func raise(to position: JournalPosition) {
    self.position = position
    writtenAt = Self.now
  }

  private static var now: Timestamp {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Timestamp(microseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000)
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
    if descriptor >= 0 { fchmod(descriptor, 0o600) }
    guard descriptor >= 0, write(mark), fsync(descriptor) == 0 else {
      throw JournalError(.unavailable, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit { if descriptor >= 0 { _ = close(descriptor) } }

  /// Raises the mark. That it fails costs only the mark, and never an append.
  func raise(to position: JournalPosition) {
    mark.withLock { mark in
      guard position > mark.position else { return }
      mark.raise(to: position)
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
