// SPDX-License-Identifier: Apache-2.0

/// A part of a long list.
package struct Page<Item: Codable & Hashable & Sendable>: Hashable, Sendable, Codable {
  /// How many items the whole list has.
  package let total: Int
  /// The place of the first item of this page in the whole list.
  package let offset: Int
  package let items: [Item]
  /// Set where the list has more items than were looked for: `total` counts those that were.
  package let isPartial: Bool?

  package init(total: Int, offset: Int, items: [Item], isPartial: Bool? = nil) {
    self.isPartial = isPartial
    self.total = total
    self.offset = offset
    self.items = items
  }
}

/// A list that is short enough to come whole.
package struct Listing<Item: Codable & Hashable & Sendable>: Hashable, Sendable, Codable {
  package let items: [Item]
  package init(_ items: [Item]) { self.items = items }
}
