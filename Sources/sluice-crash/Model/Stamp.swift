// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a version of `CrashLocation` holds.
struct Stamp: Decodable, Hashable, Sendable {
  let asset: String
  let partition: String
  let attempt: String
  let isBad: Bool
  let inputs: [Input]
  let read: [String]

  struct Input: Decodable, Hashable, Sendable {
    let asset: String
    let partition: String
    let number: UInt32

    var place: Place { Place(asset: asset, partition: partition) }
  }

  /// Who made it, out of `incarnation.run.step.attempt`.
  var maker: (step: StepKey, attempt: Int)? {
    let parts = attempt.split(separator: ".")
    guard parts.count == 4, let run = UInt64(parts[1]), let ordinal = Int(parts[2]), let number = Int(parts[3]) else {
      return nil
    }
    return (StepKey(run: run, ordinal: ordinal), number)
  }

  /// - Throws: where there is none, or it is none.
  static func read(in folder: URL) throws -> Stamp {
    try JSONDecoder().decode(Stamp.self, from: Data(contentsOf: folder.appendingPathComponent("data.json")))
  }

  /// The stamp of a version that lies in its place, or among the rejected ones.
  static func read(_ number: UInt32, of place: Place, in storage: URL, rejected: Bool = false) throws -> Stamp {
    let folder = rejected ? place.folder(in: storage).appendingPathComponent("rejected") : place.folder(in: storage)
    let digits = String(number)
    let prefix = "v\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)-"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    guard let name = names.first(where: { $0.hasPrefix(prefix) }) else { throw CocoaError(.fileNoSuchFile) }
    return try read(in: folder.appendingPathComponent(name))
  }
}
