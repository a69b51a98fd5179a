// SPDX-License-Identifier: Apache-2.0

import AssetModel

extension DefinitionResolver {
  /// Gives each step its partitions, and each dependency its mapping.
  mutating func resolvePartitions() {
    for index in stepsInOrder() {
      let views = upstreamSpaces(of: steps[index])
      steps[index].space = space(of: steps[index], upstreams: views)
      guard let space = steps[index].space else { continue }
      steps[index].dependencies = dependencies(of: steps[index], space: space, upstreams: views)
    }
  }

  /// One a dependency; nil where it is unknown because of a mistake that is already noted.
  private mutating func upstreamSpaces(of step: ResolvedStep) -> [PartitionSpace?] {
    zip(step.declaration.readings, step.upstreams).map { reading, key in
      guard let key else { return nil }
      let defined = owners[key].map { steps[$0].space }
      guard case .declared(let partitions) = reading.partitions else { return defined ?? nil }
      do {
        let declared = try partitions.space()
        if let defined = defined ?? nil, defined != declared {
          add(
            "reads '\(key)' with other partitions than it has: use the ones of its definition, or read the asset itself", to: step
          )
          return nil
        }
        return declared
      } catch {
        add("reads '\(key)': \(error)", to: step)
        return nil
      }
    }
  }

  private mutating func space(of step: ResolvedStep, upstreams: [PartitionSpace?]) -> PartitionSpace? {
    if let partitions = step.declaration.partitions {
      do {
        return try partitions.space()
      } catch {
        add("\(error)", to: step)
        return nil
      }
    }
    for (reading, upstream) in zip(step.declaration.readings, upstreams) where reading.shape == .one {
      guard let upstream else { return nil }
      if upstream.isPartitioned { return upstream }
    }
    return .single
  }

  private mutating func dependencies(
    of step: ResolvedStep, space: PartitionSpace, upstreams: [PartitionSpace?]
  ) -> [DependencySpec] {
    var result: [DependencySpec] = []
    for (index, reading) in step.declaration.readings.enumerated() {
      guard let key = step.upstreams[index], let upstream = upstreams[index] else { continue }
      if reading.shape == .one, let problem = mismatch(of: upstream, for: space) {
        add("reads '\(key)', \(problem)", to: step)
        continue
      }
      let isWhole = reading.shape == .all || (space.isPartitioned && !upstream.isPartitioned)
      result.append(
        DependencySpec(
          upstream: key, mapping: isWhole ? .all : .identity, binding: reading.binding, partitions: upstream))
    }
    return result
  }

  private func mismatch(of upstream: PartitionSpace, for space: PartitionSpace) -> String? {
    guard upstream.isPartitioned else { return nil }
    if !space.isPartitioned {
      return "which has \(upstream.kindName), and has none itself: read it as '.all', or give this asset its partitions"
    }
    if !upstream.isComparable(with: space) {
      return
        "which has \(upstream.kindName), and has \(space.kindName) itself: use the same kind and time zone, or read it as '.all'"
    }
    return nil
  }
}

extension PartitionSpace {
  fileprivate var kindName: String {
    switch self {
    case .single: "no partitions"
    case .keys: "static partitions"
    case .daily(let windows): "daily partitions (\(windows.zone))"
    case .hourly(let windows): "hourly partitions (\(windows.zone))"
    }
  }
}
