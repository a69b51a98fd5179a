// SPDX-License-Identifier: Apache-2.0

import Crypto
package import Foundation

/// Proves message by message that commands are of the control plane that opened a stream.
///
/// Its key is of that stream alone: what was sealed for one is worth nothing on another. The key's part of the work is done once.
package struct CommandSeal: Sendable {
  private let begun: CryptoValue<HMAC<SHA256>>

  init(key: SymmetricKey) {
    var begun = HMAC<SHA256>(key: key)
    Self.append(Array("sluice.location.v1 commands".utf8), to: &begun)
    self.begun = CryptoValue(begun)
  }

  /// The proof of encoded commands.
  package func proof(of commands: Data) -> Data { Data(code(of: commands)) }

  /// Whether a proof is that of these commands; takes as long whatever the difference.
  package func isValid(_ proof: Data, for commands: Data) -> Bool { code(of: commands) == proof }

  private func code(of commands: Data) -> HMAC<SHA256>.MAC {
    var code = begun.value
    Self.append(commands, to: &code)
    return code.finalize()
  }

  private static func append(_ part: some DataProtocol, to code: inout HMAC<SHA256>) {
    withUnsafeBytes(of: UInt64(part.count).bigEndian) { code.update(data: Data($0)) }
    code.update(data: part)
  }
}
