// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation

/// Tells one build of an executable from another.
package struct ExecutableStamp: Hashable, Sendable {
  private let number: UInt64
  private let bytes: UInt64
  private let changed: Timestamp

  package init(number: UInt64, bytes: UInt64, changed: Timestamp) {
    self.number = number
    self.bytes = bytes
    self.changed = changed
  }

  /// nil where there is no file that can be run.
  package init?(_ path: String) {
    // Of a link it is what it leads to that is built anew.
    let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard FileManager.default.isExecutableFile(atPath: path),
      let attributes = try? FileManager.default.attributesOfItem(atPath: path),
      let changed = attributes[.modificationDate] as? Date
    else { return nil }
    self.init(
      number: (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0,
      bytes: (attributes[.size] as? NSNumber)?.uint64Value ?? 0, changed: Timestamp(changed))
  }
}
