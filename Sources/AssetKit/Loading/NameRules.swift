// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What names that are no keys must be like: those of steps, checks, groups and schedules.
enum NameRules {
  /// What is wrong with a name, and the mend; nil when it is fine.
  static func problem(in name: String) -> String? {
    if name.isEmpty { return "its name is empty: give it one" }
    if name.utf8.count > Limits.nameLength { return "its name is longer than \(Limits.nameLength) bytes: shorten it" }
    if name.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      return "its name contains a control character: remove it"
    }
    return nil
  }
}
