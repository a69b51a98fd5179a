// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import LocationWire
import Logging
package import Orchestrator
import Synchronization

/// The execution plane over gRPC: one independent, self-healing connection a location.
package final class LocationPlane: ExecutionPlane {
  private struct Content {
    var reign: Reign?
    var endpoints: [LocationName: LocationEndpoint] = [:]
    /// Unstructured tasks, since each must be cancellable by its location; ``run(_:)`` outlives none of them.
    var connections: [LocationName: (connection: LocationConnection, task: Task<Void, Never>)] = [:]
    var engine: Engine?
    /// The last connection to each location, where it was let go of and no later one has begun.
    var retired: [LocationName: Task<Void, Never>] = [:]
    /// What lets go of locations once their grace is over.
    var graces: [Task<Void, Never>] = []
    /// Locations in their grace, each with the number of its removal: one that comes back, or leaves again, is not cut short.
    var leaving: [LocationName: Int] = [:]
    var removals = 0
    /// What is remembered of each location, for as long as the daemon runs.
    var records: [LocationName: LocationRecord] = [:]
    /// How many connections have begun: each takes the next of the session loops, the first that of the engine.
    var begun = 0
  }

  private let content = Mutex(Content())
  private let log: LocationLog
  private let manifests = ManifestDesk()

  package init(_ log: LocationLog) { self.log = log }

  // MARK: For the engine

  package func reignBegan(_ reign: Reign) {
    content.withLock { content in
      content.reign = reign
      for name in content.connections.keys { retire(name, &content) }
      for endpoint in content.endpoints.values { connect(endpoint, &content) }
    }
  }

  package func reignEnded() {
    content.withLock { content in
      content.reign = nil
      for name in content.connections.keys { retire(name, &content) }
    }
  }

  package func deliver(_ orders: [Order]) {
    let byLocation = Dictionary(grouping: orders, by: \.location)
    for (name, orders) in byLocation {
      guard let connection = content.withLock({ $0.connections[name]?.connection }) else { continue }
      connection.send(orders.map { LocationWire.Command($0) })
    }
  }

  // MARK: For the daemon

  /// Keeps connections to these locations, and lets go of others once their grace is over.
  package func connect(to endpoints: [LocationEndpoint]) {
    content.withLock { content in
      let wanted = Dictionary(endpoints.map { ($0.name, $0) }) { first, _ in first }
      for (name, endpoint) in content.endpoints where wanted[name].map({ !endpoint.isReached(as: $0) }) ?? true {
        content.endpoints[name] = nil
        if wanted[name] == nil { retire(name, after: endpoint.grace, &content) } else { retire(name, &content) }
      }
      for name in wanted.keys { content.leaving[name] = nil }
      content.endpoints = wanted
      for endpoint in endpoints where content.connections[endpoint.name] == nil { connect(endpoint, &content) }
    }
  }

  /// How each location's connection fares.
  package var statuses: [LocationName: ConnectionStatus] {
    let unlogged = log.leftOut
    return content.withLock { content in
      var statuses = content.connections.mapValues(\.connection.status)
      for name in statuses.keys {
        statuses[name]?.refused = content.records[name]?.refused ?? [:]
        statuses[name]?.refused[.unlogged] = unlogged[name]
      }
      return statuses
    }
  }

  func connection(to name: LocationName) -> LocationConnection? { content.withLock { $0.connections[name]?.connection } }

  /// Keeps the connections until cancelled.
  package func run(_ engine: Engine) async {
    content.withLock { content in
      content.engine = engine
      for endpoint in content.endpoints.values { connect(endpoint, &content) }
    }
    // Nothing to do but to be here: the stream ends when this task is cancelled.
    let (never, end) = AsyncStream.makeStream(of: Never.self)
    for await _ in never {}
    end.finish()
    let tasks = content.withLock { content in
      content.engine = nil
      for name in content.connections.keys { retire(name, &content) }
      return Array(content.retired.values) + content.graces
    }
    for task in tasks { await task.value }
  }

  // MARK: Connections

  private func connect(_ endpoint: LocationEndpoint, _ content: inout sending Content) {
    guard let reign = content.reign, let engine = content.engine, content.connections[endpoint.name] == nil else { return }
    let executor = SessionLoops.all[content.begun % SessionLoops.all.count]
    content.begun += 1
    let record = content.records[endpoint.name] ?? LocationRecord()
    content.records[endpoint.name] = record
    let connection = LocationConnection(
      endpoint, reign: reign, engine: engine, log: log, executor: executor, record: record, manifests: manifests)
    let earlier = content.retired.removeValue(forKey: endpoint.name)
    let task = Task {
      // The last word of an earlier connection is that the session has closed: it must not come after this one's has opened.
      await earlier?.value
      await connection.run()
    }
    content.connections[endpoint.name] = (connection, task)
  }

  private func retire(_ name: LocationName, _ content: inout sending Content) {
    guard let (_, task) = content.connections.removeValue(forKey: name) else { return }
    task.cancel()
    content.retired[name] = task
  }

  private func retire(_ name: LocationName, after grace: Duration, _ content: inout sending Content) {
    guard content.connections[name] != nil else { return }
    content.removals += 1
    let removal = content.removals
    content.leaving[name] = removal
    content.graces.append(
      Task {
        try? await Task.sleep(for: grace)
        self.content.withLock { content in
          guard content.leaving[name] == removal else { return }
          content.leaving[name] = nil
          self.retire(name, &content)
        }
      })
  }
}

extension LocationWire.Command {
  init(_ order: Order) {
    switch order {
    case .grant(_, let grant): self = .grant(grant)
    case .cancel(_, let attempt): self = .cancel(attempt)
    case .settle(_, let settlement): self = .settle(settlement)
    }
  }
}
