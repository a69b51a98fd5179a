// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Loads versions that lie in one kind of place, whoever wrote them.
///
/// Another team's asset is loaded by a loader that is registered for its locator's scheme and format, not by its owner's
/// IO manager. Files and every IO manager of the location are registered; add others with ``Loading``.
public protocol Loader: Sendable {
  /// The ``Locator/scheme`` that it understands.
  var scheme: String { get }
  /// The ``Locator/format``s that it understands.
  var formats: [String] { get }

  /// Loads a version.
  ///
  /// - Throws: ``InputError``, naming the file and, for a decoding failure, the field.
  func load<Value: Codable & Sendable>(_ type: Value.Type, from locator: Locator) async throws -> Value
}

/// A loader that has at hand what it loads: it waits for nothing outside of this process, so no deadline of its own is kept for it.
protocol ImmediateLoader: Loader {}

/// Registers a loader for the versions that this location reads.
public struct Loading: Definition {
  private let loader: any Loader
  public init(with loader: any Loader) { self.loader = loader }
  public func define(in definitions: inout Definitions) { definitions.loaders.append(loader) }
}

/// The loaders of a location, by scheme and format, and how long each load may take.
package struct Loaders: Sendable {
  private let all: [any Loader]
  let patience: LoadPatience

  /// The first that understands a locator loads it.
  init(_ all: [any Loader], patience: LoadPatience) {
    self.all = all
    self.patience = patience
  }

  package var schemes: [String] { Set(all.map(\.scheme)).sorted() }

  package func load<Value: Codable & Sendable>(_ type: Value.Type, _ pinned: PinnedVersion) async throws -> Value {
    let locator = pinned.locator
    let fitting = all.filter { $0.scheme == locator.scheme }
    guard let loader = fitting.first(where: { $0.formats.contains(locator.format) }) else {
      let known = Set(fitting.flatMap(\.formats)).sorted().joined(separator: ", ")
      throw InputError(
        "\(pinned.version): no loader for scheme '\(locator.scheme)' and format '\(locator.format)'"
          + (known.isEmpty ? "" : " (known formats: \(known))") + ": add 'Loading(with:)' to the location's definitions",
        isRetryable: false)
    }
    do {
      return try await patience.limit(loader) { try await $0.load(type, from: locator) }
    } catch let error as InputError {
      throw InputError("\(pinned.version): \(error)", isRetryable: error.isRetryable)
    }
  }
}
