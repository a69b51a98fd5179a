// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Finds the storage of each asset, under one configuration.
struct StorageResolver {
  private let configuration: Configuration
  private let preferred: any IOManager
  private let source: SourcePlace?
  private var configured: Result<any IOManager, any Error>?
  private var used: [any IOManager] = []

  /// - Parameter replacement: takes the place of the location's default storage.
  init(definitions: Definitions, configuration: Configuration, replacement: (any IOManager)?) {
    self.configuration = configuration
    preferred = replacement ?? definitions.stores.first?.manager ?? FileIOManager()
    source = replacement == nil ? definitions.stores.first?.source : nil
  }

  /// The storage of an asset; nil when it cannot be configured, which is then noted.
  mutating func manager(
    of output: AssetAttributes, in step: ResolvedStep, _ problems: inout DefinitionProblems
  ) -> (any IOManager)? {
    guard let own = output.storage else {
      return output.value.isElsewhere ? InlineIOManager() : defaultManager(&problems)
    }
    do {
      let manager = try own.configured(by: configuration)
      used.append(manager)
      return manager
    } catch {
      problems.add(output.key, "its storage cannot be used: \(error)", at: output.source, order: step.order)
      return nil
    }
  }

  private mutating func defaultManager(_ problems: inout DefinitionProblems) -> (any IOManager)? {
    if configured == nil {
      let result = Result { try preferred.configured(by: configuration) }
      configured = result
      switch result {
      case .success(let manager): used.append(manager)
      case .failure(let error): problems.add("the default storage", "cannot be used: \(error)", at: source, order: -1)
      }
    }
    return try? configured?.get()
  }

  /// What settles versions of assets that the location no longer defines.
  var fallback: (any IOManager)? { try? (configured ?? Result { try preferred.configured(by: configuration) }).get() }

  /// The team's own loaders first, then its storage, then files, and records that lie in their locators.
  ///
  /// One loader reads all files: what one of its managers stores, an asset of another may read.
  func loaders(_ own: [any Loader], executor: (any TaskExecutor)?, _ problems: inout DefinitionProblems) -> Loaders {
    let others = used.filter { !($0 is FileIOManager) }.map { $0 as any Loader }
    do {
      return Loaders(
        own + others + [FileLoader(try roots()), InlineIOManager()], patience: try LoadPatience(configuration, executor: executor)
      )
    } catch {
      problems.add("the location's settings", "cannot be used: \(error)", at: source, order: -1)
      return Loaders(own, patience: LoadPatience(executor: executor))
    }
  }

  /// What the operator states, and where the location itself keeps files.
  private func roots() throws -> ReadRoots {
    let managers = (used + [fallback].compactMap(\.self)).compactMap { $0 as? FileIOManager }
    let shared = try configuration.optional(FileIOManager.setting)
    return try ReadRoots(stated: configuration).adding(managers.map(\.place) + [shared].compactMap(\.self))
  }
}
