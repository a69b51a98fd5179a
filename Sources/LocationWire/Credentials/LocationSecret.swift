// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Crypto
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What one location and its control planes share, and nobody else has.
package struct LocationSecret: Sendable {
  private let stored: CryptoValue<SymmetricKey>
  var key: SymmetricKey { stored.value }

  /// - Throws: ``CredentialError`` where it is shorter than ``WireLimits/secretBytes``.
  package init(_ bytes: some Sequence<UInt8>) throws(CredentialError) {
    let bytes = Array(bytes)
    guard bytes.count >= WireLimits.secretBytes else {
      throw CredentialError(
        "a secret has at least \(WireLimits.secretBytes) bytes (secretBytes), not \(bytes.count)")
    }
    stored = CryptoValue(SymmetricKey(data: bytes))
  }

  /// Reads a file that only its owner can read; line ends and blanks at its end do not count.
  ///
  /// - Throws: ``CredentialError``, naming the path, for a file that is not there, is no regular file, is open to group or others,
  ///   or holds too few bytes or more than ``WireLimits/secretFileBytes``.
  package init(contentsOf path: String) throws(CredentialError) {
    var bytes = try Self.bytes(of: path)
    while let last = bytes.last, [0x0a, 0x0d, 0x20, 0x09].contains(last) { bytes.removeLast() }
    guard bytes.count >= WireLimits.secretBytes else {
      throw CredentialError(
        "the secret file \(path) holds \(bytes.count) bytes, and at least \(WireLimits.secretBytes) (secretBytes) are needed\n"
          + "  mend: openssl rand -hex 32 > \(ShellWord(path))")
    }
    stored = CryptoValue(SymmetricKey(data: bytes))
  }

  /// Opened without blocking, and looked at through its descriptor: what is checked is what is read.
  private static func bytes(of path: String) throws(CredentialError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CredentialError(
        "the secret file \(path) cannot be read: \(String(cString: strerror(errno)))\n"
          + "  mend: give the location and its control plane the same file, of mode 0600")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw CredentialError("the secret file \(path) is no regular file\n  mend: name a file of mode 0600")
    }
    let mode = status.st_mode & 0o7777
    guard mode & 0o077 == 0 else {
      throw CredentialError(
        "the secret file \(path) has mode 0\(String(mode, radix: 8)): others than its owner may read or change it\n"
          + "  mend: chmod 600 \(ShellWord(path))")
    }
    guard status.st_size <= WireLimits.secretFileBytes else {
      throw CredentialError(
        "the secret file \(path) has more than \(WireLimits.secretFileBytes) bytes (secretFileBytes)\n"
          + "  mend: openssl rand -hex 32 > \(ShellWord(path))")
    }
    var buffer = [UInt8](repeating: 0, count: WireLimits.secretFileBytes)
    let count = read(descriptor, &buffer, buffer.count)
    guard count >= 0 else {
      throw CredentialError("the secret file \(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    return Array(buffer.prefix(count))
  }
}
