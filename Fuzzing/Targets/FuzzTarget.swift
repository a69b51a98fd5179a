// SPDX-License-Identifier: Apache-2.0

package import Synchronization

/// One decoder, and the properties that hold whatever it reads.
package struct FuzzTarget: Sendable {
  package let name: String
  package let body: @Sendable ([UInt8]) -> Void

  /// The target that the command line names; set before libFuzzer begins.
  package static let current = Mutex<FuzzTarget?>(nil)

  package static var all: [FuzzTarget] { wire + definitions + apis + storage + journal + stores }

  package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// Bytes that a target takes apart from the front.
struct FuzzInput {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// As many bytes as the next two say, at most what is left.
  mutating func chunk() -> [UInt8] {
    let count = min(Int(byte()) << 8 | Int(byte()), rest.count)
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  var isAtEnd: Bool { rest.isEmpty }
  var remaining: [UInt8] { Array(rest) }
  var text: String { String(decoding: rest, as: UTF8.self) }
}
