// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Synchronization
import Testing

@Suite struct `A resource` {
  final class Client: Sendable {
    let isClosed = Mutex(false)
  }

  @Test func `is closed with its location, and only when it was made`() async throws {
    let client = Client()
    let location = try load {
      Asset("weather/a") { step in
        _ = try await step.resource(Client.self)
        return 1
      }
      Resource(Client.self, close: { client in client.isClosed.withLock { $0 = true } }) { _ in client }
      Resource(Int.self, close: { _ in Issue.record("closed what was never made") }) { _ in 1 }
    }
    #expect(try await location.materialize("weather/a").end == .completed)
    await location.close()
    #expect(client.isClosed.withLock { $0 })
  }

  @Test func `is made again after its maker threw`() async throws {
    let attempts = Mutex(0)
    let location = try load {
      Asset("weather/a") { step in try await step.resource(Int.self) }
      Resource(Int.self) { _ in
        let count = attempts.withLock { attempts in
          attempts += 1
          return attempts
        }
        if count == 1 { throw Broken("not yet") }
        return count
      }
    }
    #expect(try await location.materialize("weather/a", number: 1).failure?.message == "Broken: not yet")
    #expect(try await location.materialize("weather/a", number: 2).end == .completed)
  }
}
