// SPDX-License-Identifier: Apache-2.0

/// Every bound on the connections and live streams of the API; those on the content of requests are in `APILimits`.
package struct HTTPLimits: Hashable, Sendable {
  // MARK: Connections

  /// Connections at once; fewer where the process may open too few files, see ``DescriptorBudget``.
  package var connections = 2_048
  /// Connections of one address at once; of IPv6, of one network of 64 bits.
  package var connectionsPerClient = 1_024
  /// Connections beyond these that are taken for one request: a probe is answered, anything else is told why not.
  package var reserve = 32
  /// Connections that the system has made and the daemon has not taken in yet. With few, some of those that come at once to a machine
  /// that is busy are forgotten: their clients hear nothing for a minute, and then that the connection was reset.
  package var backlog = 4_096
  /// Bytes in a request's line and headers.
  package var headBytes = 32 << 10
  /// Headers of a request.
  package var headers = 100
  /// Requests that one connection may send ahead of their answers.
  package var requestsAhead = 16
  /// Bytes of answers that the system holds for one connection.
  package var sendBuffer = 256 << 10

  /// Bytes of requests' bodies and of answers that are in memory at once, beside ``freeBytes`` of each.
  package var heldBytes = 256 << 20
  /// Bytes of a request's body and of its answer that are not counted: little is served whatever others have sent.
  package var freeBytes = 32 << 10

  // MARK: Times

  /// From the connection, or a further request's first byte, to the end of its head.
  package var headTime: Duration = .seconds(10)
  /// From the end of a request's head to the end of its body.
  package var bodyTime: Duration = .seconds(60)
  /// Between an answer and the next request; longer than clients usually keep connections.
  package var idleTime: Duration = .seconds(75)
  /// For which a connection beyond the limits may say nothing.
  package var reserveTime: Duration = .seconds(2)
  /// In which a reader must take ``stallBytes`` of what waits for it, or all of it.
  package var stallTime: Duration = .seconds(20)
  package var stallBytes = 32 << 10
  /// For which a refused connection is kept, so that its client reads why.
  package var farewellTime: Duration = .seconds(1)
  /// Without accepting, after the system had no file for a connection.
  package var acceptPause: Duration = .milliseconds(200)

  // MARK: Live streams

  /// Live streams at once.
  package var streams = 512
  /// Live streams of one address at once.
  package var streamsPerClient = 256
  /// Events that are read for streams at once.
  package var pageEvents = 1_000
  /// Bytes of text on one page; an event that is larger has a page of its own.
  package var pageBytes = 256 << 10
  /// Pages that are kept for streams that come by later, and the bytes in them.
  package var keptPages = 16
  package var keptBytes = 8 << 20
  /// Pages that are made at once.
  package var pagesInMaking = 4
  /// Bytes that are handed to a connection at once.
  package var piece = 32 << 10
  /// Bytes of one message; of a longer one the beginning is shown.
  package var messageBytes = 64 << 10
  /// How often streams are woken for news in a second, all of them together: the more there are, the more news comes at once.
  package var wakesPerSecond = 2_000
  /// After which a silent stream carries a comment, so that a client that is gone shows.
  package var keepAlive: Duration = .seconds(15)

  package init() {}
}
