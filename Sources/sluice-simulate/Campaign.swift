// SPDX-License-Identifier: Apache-2.0

import Foundation
import Simulator

/// Many seeds, several at once.
struct Campaign {
  let seeds: Range<UInt64>
  let faults: Set<FaultKind>
  let sabotage: Sabotage?
  let jobs: Int

  static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// The sum of what was seen, and the seeds that broke an invariant, in order.
  func run() async -> (total: Census, broken: [UInt64]) {
    await withTaskGroup(of: (Census, [UInt64]).self) { group in
      let lanes = UInt64(max(1, jobs))
      for lane in 0..<lanes {
        group.addTask { run(Swift.stride(from: seeds.lowerBound + lane, to: seeds.upperBound, by: Int(lanes))) }
      }
      var total = Census()
      var broken: [UInt64] = []
      for await (census, failed) in group {
        total.add(census)
        broken += failed
      }
      return (total, broken.sorted())
    }
  }

  private func run(_ seeds: StrideTo<UInt64>) -> (Census, [UInt64]) {
    var census = Census()
    var broken: [UInt64] = []
    for seed in seeds {
      let result = Simulator.run(seed: seed, faults: faults, sabotage: sabotage)
      census.add(result.census)
      if result.violation != nil { broken.append(seed) }
    }
    return (census, broken)
  }
}
