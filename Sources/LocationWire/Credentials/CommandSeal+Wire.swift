// SPDX-License-Identifier: Apache-2.0

import Foundation
import SwiftProtobuf

extension Sluice_Location_V1_SessionRequest {
  /// Puts commands into a message: sealed where the stream has a seal.
  package mutating func setCommands(first: UInt64, _ commands: [Command], sealedBy seal: CommandSeal?) throws {
    let commands = Commands.with {
      $0.first = first
      $0.commands = commands.map(\.wire)
    }
    guard let seal else {
      self.commands = commands
      return
    }
    let bytes: Data = try commands.serializedBytes()
    sealed.commands = bytes
    sealed.proof = seal.proof(of: bytes)
  }

  /// The commands of a message; nil where it has none.
  ///
  /// - Throws: ``WireError`` where they are not proved as the stream demands.
  package func commands(sealedBy seal: CommandSeal?) throws(WireError) -> Commands? {
    switch (body, seal) {
    case (.commands(let commands), nil): return commands
    case (.commands, _?): throw WireError(.unproven, field: "commands", "come without a proof")
    case (.sealed, nil): throw WireError(.unproven, field: "sealed", "comes where no secret was agreed on")
    case (.sealed(let sealed), let seal?):
      guard seal.isValid(sealed.proof, for: sealed.commands) else {
        throw WireError(.unproven, field: "sealed.proof", "is not that of these commands")
      }
      do { return try Commands(serializedBytes: sealed.commands) } catch {
        throw WireError(.malformed, field: "sealed.commands", "is no message")
      }
    case (.open, _), (nil, _): return nil
    }
  }
}
