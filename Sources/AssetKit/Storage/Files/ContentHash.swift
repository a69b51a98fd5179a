// SPDX-License-Identifier: Apache-2.0

import Crypto

/// The hash of a version's bytes, as a locator states it: `sha256:` and 64 hexadecimal digits.
struct ContentHash: Hashable, Sendable, CustomStringConvertible {
  private static let prefix = "sha256:"
  private let digits: String

  init(_ digest: SHA256.Digest) {
    digits = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// - Throws: ``InputError`` for another algorithm, or a text that is no hash.
  init(parsing text: String) throws {
    guard text.hasPrefix(Self.prefix) else {
      throw InputError(
        "the locator's content hash '\(text.quoted)' is of an algorithm that this reader does not know: it knows sha256",
        isRetryable: false)
    }
    digits = text.dropFirst(Self.prefix.count).lowercased()
    guard digits.utf8.count == 2 * SHA256.byteCount, digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else {
      throw InputError(
        "the locator's content hash '\(text.quoted)' is malformed: it is 'sha256:' and \(2 * SHA256.byteCount) hexadecimal digits",
        isRetryable: false)
    }
  }

  var description: String { Self.prefix + digits }
}
