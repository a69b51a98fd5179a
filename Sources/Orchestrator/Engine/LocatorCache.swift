// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// The locators of versions staged lately, so that most grants need no query; the oldest are forgotten first.
struct LocatorCache {
  /// How many locators are kept.
  static let kept = 16_384
  private var locators: [VersionRef: Locator] = [:]
  private var order: [VersionRef] = []
  private var oldest = 0

  subscript(version: VersionRef) -> Locator? { locators[version] }

  mutating func keep(_ locator: Locator, of version: VersionRef) {
    guard locators.updateValue(locator, forKey: version) == nil else { return }
    if order.count < Self.kept {
      order.append(version)
    } else {
      locators[order[oldest]] = nil
      order[oldest] = version
      oldest = (oldest + 1) % Self.kept
    }
  }
}
