// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Where the truth is kept: durable, ordered events, with the projections that serve queries.
///
/// One engine writes at a time. Implementations pass one conformance suite.
public protocol Journal: Sendable {
  /// Opens the store for one reign: raises the epoch durably, so that an earlier holder's appends fail from now on.
  ///
  /// - Throws: ``JournalError`` when the store is held by another process, is newer than the program, or is damaged.
  func open() async throws -> JournalOpening

  /// Every event after `position` in order, in pages; an empty page is the end.
  ///
  /// A page has at most `limit` events, and ends with the batch in which its stored bytes pass ``JournalLimits/pageBytes``: events are of
  /// any size.
  /// - Throws: ``JournalError`` with code `pruned` for a position before the journal's beginning, unless `limit` is 0.
  func read(after position: JournalPosition, limit: Int) async throws -> [StampedEvent]

  /// Appends a batch and updates the projections in one transaction; returns once it is durable.
  ///
  /// A batch whose epoch is not the store's or whose expected position is not the journal's end fails as a whole.
  /// After any other error the outcome is *ambiguous*: the caller must rebuild its state from the store (semantics 14).
  func append(_ batch: JournalBatch) async throws

  /// Stores the content of a manifest before the batch that puts it in force, so that this batch is as short as any other: a manifest
  /// may have tens of megabytes, and whatever is decided meanwhile waits for it.
  ///
  /// It is a hint, and need not be given: ``append(_:)`` stores what is missing. What is kept and never named harms nothing.
  func keep(_ manifest: Manifest, _ digest: ManifestDigest) async throws

  /// The newest snapshot that verifies: its checksum is that of its bytes, and the program knows its version. The state gets the
  /// store's incarnation.
  func snapshot() async throws -> SnapshotReading

  /// Keeps a snapshot durably; older ones but the one before may go.
  ///
  /// Appends go on meanwhile; they wait at most for the one transaction that stores the bytes. One caller at a time.
  ///
  /// - Throws: ``JournalError`` with code `wrongPosition` for a position beyond the journal's end, or before its beginning.
  func save(_ snapshot: JournalSnapshot) async throws

  /// Removes what the policy does not keep of finished runs, in small transactions between appends. Interrupted, it goes on when
  /// it is called again.
  ///
  /// Only runs that ended before the oldest verified snapshot's last instant are pruned. Of those go: log lines; discarded versions
  /// with their evaluations; and steps, except those that are the latest of an asset partition. Then the journal's beginning moves
  /// to the last batch before the launch of the oldest run that is left whole, at most to the oldest verified snapshot. Without a
  /// snapshot nothing is removed.
  func prune(_ policy: RetentionPolicy, at now: Timestamp) async throws -> PruningReport

  /// The queries over the projections.
  var history: any History { get }
}

extension Journal {
  public func keep(_ manifest: Manifest, _ digest: ManifestDigest) async throws {}
}

/// The bounds of what is read of a journal at once.
public enum JournalLimits {
  /// About how many stored bytes a page has; decoded they take some times as many.
  public static let pageBytes = 4 << 20
}

/// The number of an event in its journal: 1 for the first, 0 for none.
public typealias JournalPosition = UInt64

/// What a store is when it opens.
public struct JournalOpening: Hashable, Sendable {
  public let incarnation: Incarnation
  public let epoch: Epoch
  /// The position of the last event.
  public let position: JournalPosition
  /// The position of the last event that was pruned; 0 for a journal that is there from its first event on.
  public let beginning: JournalPosition

  public init(incarnation: Incarnation, epoch: Epoch, position: JournalPosition, beginning: JournalPosition = 0) {
    self.incarnation = incarnation
    self.epoch = epoch
    self.position = position
    self.beginning = beginning
  }
}

/// Events to be appended as one.
public struct JournalBatch: Hashable, Sendable {
  public let epoch: Epoch
  /// Where the journal must end for the batch to be appended.
  public let after: JournalPosition
  public let events: [StampedEvent]

  public init(epoch: Epoch, after: JournalPosition, events: [StampedEvent]) {
    self.epoch = epoch
    self.after = after
    self.events = events
  }
}

/// Why a store refused.
public struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of refusal; more may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Wrapped: String {
      case held
      case tooNew
      case damaged
      case fenced
      case wrongPosition
      case unavailable
      case pruned
      case exposed
      case unsuitable
    }
    private let wrapped: Wrapped
    public var description: String { wrapped.rawValue }

    /// Another process holds the store.
    public static let held = Code(wrapped: .held)
    /// The store was written by a newer program.
    public static let tooNew = Code(wrapped: .tooNew)
    /// The store's content cannot be trusted.
    public static let damaged = Code(wrapped: .damaged)
    /// A later reign has begun; nothing was appended.
    public static let fenced = Code(wrapped: .fenced)
    /// The journal ends elsewhere; nothing was appended.
    public static let wrongPosition = Code(wrapped: .wrongPosition)
    /// The store cannot be reached or written now; what was in flight is ambiguous.
    public static let unavailable = Code(wrapped: .unavailable)
    /// The events asked for were removed by retention; later ones are there.
    public static let pruned = Code(wrapped: .pruned)
    /// Others than the owner could write the store.
    public static let exposed = Code(wrapped: .exposed)
    /// The store could not keep everything that a journal may say.
    public static let unsuitable = Code(wrapped: .unsuitable)
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  /// The error for events that retention has removed.
  package static func pruned(after position: JournalPosition, beginning: JournalPosition) -> JournalError {
    JournalError(
      .pruned, "the events after \(position) are gone: retention has removed those up to event \(beginning); read on there")
  }
}
