// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Tells one build of an executable from another.
struct ExecutableStamp: Hashable {
  private let number: UInt64
  private let bytes: UInt64
  private let changed: Date

  /// nil where the file is not there.
  init?(_ path: String) {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
      let changed = attributes[.modificationDate] as? Date
    else { return nil }
    self.changed = changed
    number = (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
    bytes = (attributes[.size] as? NSNumber)?.uint64Value ?? 0
  }
}
