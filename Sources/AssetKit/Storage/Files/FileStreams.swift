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
    return "sha256:"
      + hash.finalize().map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }

  private func flush() throws {
    try file.write(buffer)
    hash.update(data: buffer)
    size += Int64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Reads a data file.
final class FileReader: ByteSource {
  private let file: OpenFile

  /// - Throws: ``InputError`` when the file is not there, or has not the size that its version had.
  init(_ path: String, expecting size: Int64?) throws {
    do {
      file = try OpenFile(path, O_RDONLY)
      let found = try file.size()
      if let size, size != found {
        throw InputError("\(path): has \(found) bytes, and the version has \(size): the file was changed", isRetryable: false)
      }
    } catch let error as StorageError {
      throw InputError("\(error)", isRetryable: true)
    }
  }

  func read() throws -> ArraySlice<UInt8> { try file.read()[...] }
}
