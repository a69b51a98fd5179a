// SPDX-License-Identifier: Apache-2.0

/// How long loading one version may take: storage that hangs ends the load, and not only the step that waits for it.
struct LoadPatience: Sendable {
  static let setting = "SLUICE_LOAD_TIMEOUT"

  private let limit: Duration
  private let executor: (any TaskExecutor)?

  init(_ limit: Duration = StorageLimits.loadPatience, executor: (any TaskExecutor)?) {
    self.limit = limit
    self.executor = executor
  }

  /// What a configuration says, in whole seconds.
  ///
  /// - Throws: ``ConfigurationError`` when it is no number of seconds from 1 to ``StorageLimits/longestLoad``.
  init(_ configuration: Configuration, executor: (any TaskExecutor)?) throws {
    let standard = StorageLimits.loadPatience.components.seconds
    let seconds = try configuration.value(Self.setting, as: Int64.self, default: standard)
    guard seconds >= 1, seconds <= StorageLimits.longestLoad.components.seconds else {
      throw ConfigurationError(
        "\(Self.setting) is \(seconds): give seconds, from 1 to \(StorageLimits.longestLoad.components.seconds)")
    }
    self.init(.seconds(seconds), executor: executor)
  }

  /// Has a version loaded, and gets back in time whatever the loader does: what is too late is abandoned.
  ///
  /// - Throws: ``InputError`` when it takes too long, `CancellationError`, or what it throws.
  func limit<Storage: Sendable, Value: Sendable>(
    _ loader: Storage, _ load: @escaping @Sendable (Storage) async throws -> Value
  ) async throws -> Value {
    if loader is any ImmediateLoader { return try await load(loader) }
    switch await TeamCall(deadline: .now + limit, executor: executor).run({ try await load(loader) }) {
    case .returned(let value): return value
    case .threw(let error): throw error
    case .cancelled: throw CancellationError()
    case .timedOut:
      throw InputError(
        "loading it took longer than \(limit.components.seconds) seconds (\(Self.setting)): its storage is slow or hangs",
        isRetryable: true)
    }
  }
}
