// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The resources of a loaded location, each made once, by the first step that asks for it.
package final class ResourcePool: Sendable {
  private struct Entry {
    let declaration: ResourceDeclaration
    var making: Task<any Sendable, any Error>?
  }

  private let entries: Mutex<[ObjectIdentifier: Entry]>
  private let configuration: Configuration

  package init(_ declarations: [ResourceDeclaration], configuration: Configuration) {
    self.configuration = configuration
    entries = Mutex(Dictionary(declarations.map { ($0.id, Entry(declaration: $0)) }) { first, _ in first })
  }

  /// The resource of a type.
  ///
  /// - Throws: ``ResourceError`` when there is none, or what its maker throws.
  package func get<Value: Sendable>(_ type: Value.Type) async throws -> Value {
    let id = ObjectIdentifier(type)
    guard let making = entries.withLock({ start(id, in: &$0) }) else {
      throw ResourceError("no resource of type \(type): add 'Resource(\(type).self) { … }' to the location's definitions")
    }
    do {
      guard let value = try await making.value as? Value else {
        throw ResourceError("the resource declared as \(type) is of another type")
      }
      return value
    } catch {
      entries.withLock { entries in
        if entries[id]?.making == making { entries[id]?.making = nil }
      }
      throw error
    }
  }

  /// Closes every resource that was made.
  package func close() async {
    let made = entries.withLock { entries in
      let made = entries.values.compactMap { entry in entry.making.map { (entry.declaration, $0) } }
      for id in entries.keys { entries[id]?.making = nil }
      return made
    }
    for (declaration, making) in made {
      if let value = try? await making.value { await declaration.close(value) }
    }
  }

  /// An unstructured task: several steps await it, and the one that asked first may be cancelled.
  private func start(_ id: ObjectIdentifier, in entries: inout [ObjectIdentifier: Entry]) -> Task<any Sendable, any Error>? {
    guard let entry = entries[id] else { return nil }
    if let making = entry.making { return making }
    let making = Task { [configuration] in try await entry.declaration.make(configuration) }
    entries[id]?.making = making
    return making
  }
}

/// A step asked for a resource that its location does not declare.
public struct ResourceError: RetryAdvising, Hashable, CustomStringConvertible {
  public let description: String
  public var isRetryable: Bool { false }
  init(_ description: String) { self.description = description }
}
