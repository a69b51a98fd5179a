// SPDX-License-Identifier: Apache-2.0

/// Every bound of the protocol itself; those of the values that travel are ``AssetModel/Limits``.
package enum WireLimits {
  /// Bytes of one gRPC message, either way.
  package static let messageBytes = 16 << 20
  /// Bytes of one message from a location: the largest report, and room for what a location in another language adds.
  package static let eventMessageBytes = 4 << 20
  /// Bytes of a message that is decoded on the event loop, which others share; longer ones are beside it.
  package static let decodedOnLoop = 64 << 10
  /// Events in one message from a location.
  package static let eventsPerMessage = 4_096
  /// How many times its bytes a message may take in memory, beside ``decodedFloor``.
  package static let decodedMultiple = 16
  /// Bytes that a message may take in memory at most, however long it is.
  package static let decodedBytes = 192 << 20
  /// Bytes that any message may take in memory.
  package static let decodedFloor = 256 << 10
  /// How deep messages may nest.
  package static let nesting = 24
  /// Bytes of one text in a definition; what a definition may say is shorter still.
  package static let definitionTextBytes = 256 << 10
  /// Attempts that a location may list when a session opens.
  package static let attemptsPerStatus = 100_000
  /// Unsettled versions that a location may list when a session opens; further ones are looked at when the next one does.
  package static let unsettledPerStatus = 25_000
  /// About how many bytes the status of a location may take.
  package static let statusBytes = 32 << 20
  /// Bytes of an error's text, which may quote what a peer sent.
  package static let errorBytes = 2_048
  /// Bytes of one cell of a preview; a longer one is cut.
  package static let previewCellBytes = 16 << 10
  /// Bytes of all cells of one preview; beyond them it is cut short.
  package static let previewBytes = 4 << 20
  /// Columns of one preview.
  package static let previewColumns = 1_000
  /// Bytes that a sender puts into one message of a session, where that holds several items.
  package static let frameBytes = 1 << 20
  /// Items that a sender puts into one message of a session.
  package static let frameItems = 256
  /// Bytes of a manifest in one message of `Describe`.
  package static let chunkBytes = 256 << 10
  /// Messages in which a manifest may come, those that say nothing among them.
  package static let describeMessages = 100_000
  /// Bytes that the metadata of one report may take on the wire; the largest values are cut first.
  package static let metadataBytes = 2 << 20
  /// How deep metadata lists may nest; deeper ones travel as text.
  package static let metadataDepth = 8
  /// Rows of one preview.
  package static let previewRows = 1_000
  /// Events that a host keeps until they are acknowledged; beyond them its steps wait, and logs are dropped.
  package static let bufferedEvents = 20_000
  /// Bytes of log lines that a host keeps until they are acknowledged; beyond them the last lines of an attempt are kept, and those
  /// between are counted.
  package static let bufferedLogBytes = 8 << 20
  /// Bytes of the last lines of one attempt that a host keeps beyond that.
  package static let bufferedTailBytes = 32 << 10
  /// Bytes of the largest report that a host sends; the rest of a message's bytes is for what it travels in.
  package static let reportBytes = eventMessageBytes - (64 << 10)
  /// Bytes of what a host says of how the process before it ended.
  package static let previousEndBytes = 4 << 10
  /// Commands that a daemon keeps until they are acknowledged; beyond them the session starts afresh.
  package static let bufferedCommands = 100_000
  /// Bytes that a secret has at least.
  package static let secretBytes = 32
  /// Bytes of a secret's file, line ends included.
  package static let secretFileBytes = 4_096
  /// How long after its last change a secret's file is read again for each call; then it is once it changes.
  package static let secretSettles: Duration = .seconds(2)
  /// How often a reason for which calls or connections are refused is said in the log, with how often it was.
  package static let refusalInterval: Duration = .seconds(60)
  /// Reasons that are told apart in that.
  package static let refusalReasons = 64
  /// Bytes of a client's nonce.
  package static let nonceBytes = 32
  /// Bytes of a proof: an HMAC-SHA256.
  package static let proofBytes = 32
  /// How long a location takes a nonce after it gave it.
  package static let challengeLifetime: Duration = .seconds(30)
  /// Calls with a proof that a location takes within ``challengeLifetime``.
  package static let spentChallenges = 10_000
  /// Bytes of a call that has proved nothing yet: its request, or the first message of its stream.
  package static let unprovenBytes = 64 << 10
  /// A TCP connection on which nothing is acknowledged for so long is gone, though nobody closed it.
  package static let peerTimeout: Duration = .seconds(40)
  /// How often a host says that it lives.
  package static let heartbeatInterval: Duration = .seconds(5)
}
