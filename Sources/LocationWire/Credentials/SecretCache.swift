// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A location's secret, whose file is read again where it is another or was changed: a call that proves nothing costs a look at it.
///
/// What is looked at says when its content, its mode or its owner was last changed, so that a secret is rotated by writing it, and one
/// that others may read is refused from that moment on.
package final class SecretCache: Sendable {
  private let credential: LocationCredential
  private let read: @Sendable (String) throws(CredentialError) -> LocationSecret
  /// Seconds since 1970.
  private let now: @Sendable () -> Double
  private let known = Mutex<Known?>(nil)

  private struct Known {
    let mark: FileMark
    let secret: LocationSecret
  }

  package init(
    _ credential: LocationCredential,
    read: @escaping @Sendable (String) throws(CredentialError) -> LocationSecret = {
      (path) throws(CredentialError) in try LocationSecret(contentsOf: path)
    },
    now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
  ) {
    self.credential = credential
    self.read = read
    self.now = now
  }

  /// The secret as its file has it now; nil where none is needed.
  ///
  /// - Throws: ``CredentialError`` where the file cannot be taken.
  package func secret() throws(CredentialError) -> LocationSecret? {
    guard case .secretFile(let path) = credential else { return nil }
    let mark = FileMark(path)
    if let mark, let known = known.withLock({ $0 }), known.mark == mark { return known.secret }
    let secret = try read(path)
    // A change within the same tick of the file system's clock would look the same: what is young is not kept.
    if let mark, now() - mark.changedAt >= WireLimits.secretSettles / .seconds(1), FileMark(path) == mark {
      known.withLock { $0 = Known(mark: mark, secret: secret) }
    }
    return secret
  }
}

/// Tells a file from another, and from itself after a change.
private struct FileMark: Hashable {
  private let numbers: [Int64]
  let changedAt: Double

  /// nil where nothing is there.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let (written, changed) = (status.st_mtimespec, status.st_ctimespec)
    #else
      let (written, changed) = (status.st_mtim, status.st_ctim)
    #endif
    numbers = [
      Int64(truncatingIfNeeded: status.st_dev), Int64(truncatingIfNeeded: status.st_ino), Int64(status.st_size),
      Int64(status.st_mode), Int64(status.st_uid), Int64(written.tv_sec), Int64(written.tv_nsec), Int64(changed.tv_sec),
      Int64(changed.tv_nsec),
    ]
    changedAt = Double(changed.tv_sec) + Double(changed.tv_nsec) / 1e9
  }
}
