// SPDX-License-Identifier: Apache-2.0

import Foundation
import JournalCodec
import Orchestrator

/// One file that holds a copy of a store: an SQLite database, its manifest, the manifest's CRC-32 and length in four bytes each, and a
/// mark.
struct BackupFile {
  let url: URL

  private static let magic = Data("SLUBKUP1".utf8)
  /// The manifest's checksum and length.
  private static let sealBytes = 8
  /// No manifest is longer.
  private static let manifestLimit = 4_096
  /// How much is read at once.
  private static let chunk = 1 << 20

  // MARK: Writing

  /// The size and the checksum of a copy that has no manifest yet.
  func measure() throws -> (bytes: UInt64, checksum: UInt32) {
    var (bytes, checksum) = (UInt64(0), UInt32(0))
    try forEachChunk(upTo: .max) { chunk in
      bytes += UInt64(chunk.count)
      checksum = Checksum.crc32(chunk, after: checksum)
    }
    return (bytes, checksum)
  }

  /// Appends the manifest and syncs the file.
  func seal(_ manifest: BackupManifest) throws {
    let encoded = try JournalCodec.encode(manifest)
    let handle = try FileHandle(forWritingTo: url)
    defer { try? handle.close() }
    try handle.seekToEnd()
    let seal = UInt64(encoded.count) << 32 | UInt64(Checksum.crc32(encoded))
    try handle.write(contentsOf: encoded + withUnsafeBytes(of: seal.littleEndian) { Data($0) } + Self.magic)
    try handle.synchronize()
  }

  // MARK: Reading

  /// - Throws: ``JournalError`` with code `damaged` where the file is no backup, or was cut.
  func manifest() throws -> BackupManifest {
    let handle = try FileHandle(forReadingFrom: url)
    defer { try? handle.close() }
    let size = try handle.seekToEnd()
    let tail = min(size, UInt64(Self.manifestLimit + Self.sealBytes + Self.magic.count))
    try handle.seek(toOffset: size - tail)
    let bytes = try handle.readToEnd() ?? Data()
    guard bytes.count > Self.magic.count + Self.sealBytes, bytes.suffix(Self.magic.count) == Self.magic else {
      throw damaged("is no backup of Sluice, or was cut at its end")
    }
    let rest = bytes.dropLast(Self.magic.count)
    let seal = rest.suffix(Self.sealBytes).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let length = Int(seal >> 32)
    guard length <= rest.count - Self.sealBytes else { throw damaged("has a manifest that was cut") }
    let encoded = Data(rest.dropLast(Self.sealBytes).suffix(length))
    guard UInt64(Checksum.crc32(encoded)) == seal & 0xFFFF_FFFF else { throw damaged("has a manifest that was altered") }
    let manifest = try JournalCodec.decodeBackupManifest(encoded)
    let around = UInt64(length + Self.sealBytes + Self.magic.count)
    guard manifest.bytes.addingReportingOverflow(around) == (size, false) else { throw damaged("was cut") }
    return manifest
  }

  /// Writes the copy to another place, and verifies it on the way.
  ///
  /// - Throws: ``JournalError`` with code `damaged` where its bytes are not those that were backed up.
  func extract(_ manifest: BackupManifest, to target: URL) throws {
    try Permissions.create(target)
    let handle = try FileHandle(forWritingTo: target)
    defer { try? handle.close() }
    var checksum: UInt32 = 0
    try forEachChunk(upTo: manifest.bytes) { chunk in
      checksum = Checksum.crc32(chunk, after: checksum)
      try handle.write(contentsOf: chunk)
    }
    guard checksum == manifest.checksum else { throw damaged("was altered: its checksum is not that of its manifest") }
    try handle.synchronize()
  }

  private func forEachChunk(upTo limit: UInt64, _ body: (Data) throws -> Void) throws {
    let handle = try FileHandle(forReadingFrom: url)
    defer { try? handle.close() }
    var left = limit
    while left > 0, let chunk = try handle.read(upToCount: Int(min(left, UInt64(Self.chunk)))), !chunk.isEmpty {
      try body(chunk)
      left -= UInt64(chunk.count)
    }
  }

  private func damaged(_ what: String) -> JournalError {
    JournalError(.damaged, "\(url.path) \(what): nothing was restored; take another backup")
  }
}
