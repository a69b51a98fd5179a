// SPDX-License-Identifier: Apache-2.0

import Foundation
import MessageFraming
import SwiftProtobuf

extension Sluice_Location_V1_SessionRequest {
  /// Puts commands into a message: sealed where the stream has a seal.
  package mutating func setCommands(first: UInt64, _ commands: [Command], sealedBy seal: CommandSeal?) throws {
    guard let seal else {
      self.commands = .with {
        $0.first = first
        $0.commands = commands.map(\.wire)
      }
      return
    }
    let bytes = Data(try Self.encode(first: first, commands))
    sealed.commands = bytes
    sealed.proof = seal.proof(of: bytes)
  }

  /// An encoded `Commands`.
  private static func encode(first: UInt64, _ commands: [Command]) throws -> [UInt8] {
    var bytes: [UInt8] = try Commands.with { $0.first = first }.serializedBytes()
    for command in commands {
      var one: [UInt8] = []
      switch command {
      case .grant(let grant): one.appendField(1, try grant.wire.serializedBytes())
      case .cancel(let attempt): one.appendField(2, try attempt.wire.serializedBytes())
      case .settle(let settlement): one.appendField(3, try settlement.wire.serializedBytes())
      }
      bytes.appendField(2, one)
    }
    return bytes
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
