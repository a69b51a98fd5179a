// SPDX-License-Identifier: Apache-2.0

/// The bounds of a PostgreSQL store.
package struct PostgresLimits: Sendable {
  /// How long a leader that says nothing stays the leader.
  package var lease: Duration = .seconds(3)
  /// How long a follower sees a lease that is not renewed before it takes it, whatever the server's clock says.
  package var unrenewed: Duration = .seconds(30)
  /// How often a leader renews its lease; a third of it unless set.
  package var renewal: Duration {
    get { chosenRenewal ?? lease / 3 }
    set { chosenRenewal = newValue }
  }
  /// How long connecting may take, all hosts of the connection string together, unless that sets `connect_timeout`.
  package var connect: Duration = .seconds(10)
  /// How long the server may be silent while we wait for its answer.
  package var response: Duration = .seconds(10)
  /// How long bringing the tables up to date may take.
  package var migration: Duration = .seconds(600)
  /// How long a read goes on trying while the server is away.
  package var patience: Duration = .seconds(5)
  /// How long it waits before the second attempt; twice as long before each next one.
  package var firstDelay: Duration = .milliseconds(50)
  /// The longest wait between two attempts.
  package var longestDelay: Duration = .seconds(1)
  /// How many connections serve queries.
  package var readers = 3

  private var chosenRenewal: Duration?

  package init() {}
}
