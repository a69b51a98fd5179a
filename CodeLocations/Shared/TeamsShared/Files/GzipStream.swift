// SPDX-License-Identifier: Apache-2.0

import CZlib
import Foundation

/// A file read through the system's zlib, a chunk at a time; a file that is not compressed is read as it is.
///
/// zlib's handle is an unsafe pointer: it lives in this file, has one owner, and is closed when that owner goes.
struct GzipStream: ~Copyable {
  /// How many bytes one read asks for.
  static let chunk = 256 * 1024

  private let handle: gzFile
  private let url: URL

  /// - Throws: ``DataError`` when the file cannot be opened.
  init(opening url: URL) throws(DataError) {
    guard let handle = gzopen(url.path, "rb") else {
      throw DataError(file: url, "cannot be opened: \(String(cString: strerror(errno)))")
    }
    gzbuffer(handle, UInt32(Self.chunk))
    self.handle = handle
    self.url = url
  }

  deinit { gzclose(handle) }

  /// The whole content.
  ///
  /// - Throws: ``DataError`` when the file is cut off or damaged, or holds more than `limit` bytes.
  static func contents(of url: URL, limit: Int) throws(DataError) -> [UInt8] {
    let stream = try GzipStream(opening: url)
    var bytes: [UInt8] = []
    while try stream.read(appendingTo: &bytes) {
      guard bytes.count <= limit else { throw DataError(file: url, "holds more than the limit of \(limit) bytes") }
    }
    return bytes
  }

  /// Appends the next chunk.
  ///
  /// - Returns: false at the end of the file.
  private func read(appendingTo bytes: inout [UInt8]) throws(DataError) -> Bool {
    let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, count in
      count = max(0, Int(gzread(handle, buffer.baseAddress, UInt32(buffer.count))))
    }
    bytes.append(contentsOf: chunk)
    try refuseDamage()
    return !chunk.isEmpty
  }

  private func refuseDamage() throws(DataError) {
    var code: Int32 = Z_OK
    guard let message = gzerror(handle, &code), code != Z_OK, code != Z_STREAM_END else { return }
    let reason = code == Z_BUF_ERROR ? "is cut off before its end" : "is damaged: \(String(cString: message))"
    throw DataError(file: url, "\(reason); fetch it again")
  }
}
