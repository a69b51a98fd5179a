// SPDX-License-Identifier: Apache-2.0

/// How a location and its control plane know each other.
package enum LocationCredential: Hashable, Sendable {
  /// By a shared secret, from a file that is read anew for each connection.
  case secretFile(String)
  /// By the operating system: on a Unix socket, whose peer is the same user.
  case peer
  /// Not at all: whoever reaches the port may do everything. Only where an operator said so.
  case insecure

  /// The secret as its file has it now; nil where none is needed.
  ///
  /// - Throws: ``CredentialError`` where the file cannot be taken.
  package func secret() throws(CredentialError) -> LocationSecret? {
    guard case .secretFile(let path) = self else { return nil }
    return try LocationSecret(contentsOf: path)
  }
}
