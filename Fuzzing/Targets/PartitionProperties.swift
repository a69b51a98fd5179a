// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What holds of every space of partitions that a decoder lets in.
enum PartitionProperties {
  static func hold(of space: PartitionSpace) {
    for instant in FuzzSamples.extremes { _ = (space.count(at: instant), space.latest(at: instant), space.summary(at: instant)) }
    for instant in FuzzSamples.instants {
      let count = space.count(at: instant)
      expect(count >= 0, "\(count) partitions")
      expect(space.latest(at: instant).map { $0 >= 0 } ?? true, "the latest partition is one")
      _ = space.summary(at: instant)
      guard count > 0 else { continue }
      for index in [0, count / 2, count - 1] { hold(of: space, at: index) }
      let set = PartitionSet(0..<count)
      let written = space.describe(set)
      expect((try? space.parse(written, at: instant)) == set, "'\(written)' means what it was written for")
    }
  }

  private static func hold(of space: PartitionSpace, at index: Int) {
    let key = space.key(at: index)
    expect(space.index(of: key) == index, "'\(key)' is partition \(index), not \(String(describing: space.index(of: key)))")
    expect(space.translate(index, to: space) == index, "a space is comparable with itself")
    if let window = space.window(at: index) { expect(window.lowerBound <= window.upperBound, "time goes on") }
  }
}
