// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// The locators of versions staged lately, so that most grants need no query.
///
/// Half of them are forgotten at once, the older ones: to forget them one by one would cost each a look-up.
struct LocatorCache {
  /// How many locators are kept at most; the newest half of them are always there.
  static let kept = 16_384
  private var young: [VersionRef: Locator] = [:]
  private var old: [VersionRef: Locator] = [:]

  subscript(version: VersionRef) -> Locator? { young[version] ?? old[version] }

  mutating func keep(_ locator: Locator, of version: VersionRef) {
    if young.count >= Self.kept / 2 {
      old = young
      young = Dictionary(minimumCapacity: Self.kept / 2)
    }
    young[version] = locator
  }
}
