// SPDX-License-Identifier: Apache-2.0

/// Values by key, in the order in which they came.
///
/// A few are looked through one by one, since hashing a name takes longer; beyond ``few``, they are found by hash, so that a look-up
/// costs the same however many there are.
package struct ShortTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  package static var few: Int { 8 }

  private var entries: [(key: Key, value: Value)] = []
  /// Where each key lies, once there are more than a few.
  private var places: [Key: Int] = [:]

  package init() {}

  package var values: some Sequence<Value> { entries.lazy.map(\.value) }

  /// Sets what has a key; nothing is taken out again.
  package subscript(key: Key) -> Value? {
    get { place(of: key).map { entries[$0].value } }
    _modify {
      guard let place = place(of: key) else {
        var new: Value?
        yield &new
        if let new { append(key, new) }
        return
      }
      var kept: Value? = entries[place].value
      yield &kept
      if let kept { entries[place].value = kept }
    }
  }

  private func place(of key: Key) -> Int? {
    places.isEmpty ? entries.firstIndex { $0.key == key } : places[key]
  }

  private mutating func append(_ key: Key, _ value: Value) {
    entries.append((key, value))
    if !places.isEmpty {
      places[key] = entries.count - 1
    } else if entries.count > Self.few {
      for (place, entry) in entries.enumerated() { places[entry.key] = place }
    }
  }
}
