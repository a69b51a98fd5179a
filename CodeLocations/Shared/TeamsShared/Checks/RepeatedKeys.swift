// SPDX-License-Identifier: Apache-2.0

extension Sequence {
  /// The keys that more than one row has, sorted; each shown as its parts, such as `EWR 1`.
  public func repeatedKeys<each Part: CustomStringConvertible>(_ parts: repeat KeyPath<Element, each Part>) -> [String] {
    var seen: Set<String> = []
    var repeated: Set<String> = []
    for row in self {
      var key: [String] = []
      repeat key.append(row[keyPath: each parts].description)
      let name = key.joined(separator: " ")
      if !seen.insert(name).inserted { repeated.insert(name) }
    }
    return repeated.sorted()
  }
}
