// SPDX-License-Identifier: Apache-2.0

import Crypto

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a data file through a buffer, with its size and hash.
final class FileWriter: ByteSink {
  private let file: OpenFile
  private var buffer: [UInt8] = []
  private var hash = SHA256()
  private(set) var size: Int64 = 0

  init(_ path: String) throws {
    file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
    buffer.reserveCapacity(EncodingLimits.chunkBytes)
  }

  func write(_ bytes: some Collection<UInt8>) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= EncodingLimits.chunkBytes { try flush() }
  }

  /// Makes the file durable, and gives its hash, `sha256:…`.
  func finish() throws -> String {
    try flush()
    try file.protectFromWriting()
    try file.sync()
    return ContentHash(hash.finalize()).description
  }

  private func flush() throws {
    try file.write(buffer)
    hash.update(data: buffer)
    size += Int64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }
}
