// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Renews a lease on a connection of its own, so that no long append lets it run out.
struct LeaseKeeper: Sendable {
  let lease: Lease
  let epoch: Epoch
  let connector: Connector
  let renewals: Renewals

  /// Runs until the task is cancelled, or the lease is another's.
  func run() async {
    var limits = connector.limits
    limits.response = limits.lease
    limits.connect = limits.lease
    let connector = Connector(conninfo: connector.conninfo, limits: limits)
    var backoff = Backoff(limits)
    var connection: Connection?
    var delay = limits.renewal
    while (try? await Task.sleep(for: delay)) != nil {
      do {
        let session = if let connection { connection } else { try await connector.connect() }
        connection = session
        guard try await lease.renew(session, epoch: epoch) else { return renewals.isAnothers() }
        renewals.succeeded()
        delay = limits.renewal
        backoff = Backoff(limits)
      } catch {
        connection = nil
        delay = min(backoff.delay(), limits.renewal)
      }
    }
  }
}
