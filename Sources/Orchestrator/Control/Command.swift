// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Something that happened or is asked for; `Core.decide` turns it into events.
public enum Command: Hashable, Sendable {
  /// A daemon takes over, under the epoch that the store gave it.
  case begin(Epoch)
  /// Time went on: whatever is due by now is decided.
  case tick

  case loadWorkspace(WorkspaceDefinition)
  /// A location described itself; the digest was verified over the bytes received. What it makes of the graph may be prepared
  /// beside the loop.
  case manifestReceived(LocationName, ManifestDigest, Manifest, prepared: PreparedGraph? = nil)
  /// A location's manifest could not be decoded or broke a limit.
  case manifestUnreadable(LocationName, reason: String)

  /// A session without a past: the host lists what it knows, and everything else is lost (semantics 18).
  case sessionOpened(LocationName, HostStatus)
  /// A session that goes on where it broke; nothing was lost on either side.
  case sessionResumed(LocationName, HostStatus)
  case sessionClosed(LocationName, reason: String)
  case capacityChanged(LocationName, slots: Int)
  case drainingBegan(LocationName)
  case reports(LocationName, [StepReport])
  /// An IO manager carried out a settlement.
  case settled(LocationName, VersionID)
  /// An IO manager failed to carry out a settlement; it is repeated after a while, and whenever a session opens.
  case settlementFailed(LocationName, VersionID)

  /// What it comes to may be worked out beside the loop.
  case launch(LaunchRequest, prepared: PreparedLaunch? = nil)
  case cancel(RunID)
  case pauseSchedule(ScheduleID)
  case resumeSchedule(ScheduleID)
}

extension Command {
  /// Whether a location says it of its own accord, as often as it likes, and what comes before and after it need not be decided with it.
  var isTalk: Bool {
    switch self {
    case .reports, .settled, .settlementFailed: true
    default: false
    }
  }

  /// Whether others may get their turn between it and those before it.
  var mayWait: Bool { if case .launch = self { true } else { isTalk } }
}

/// What a person, a schedule or a program wants to run.
public struct LaunchRequest: Hashable, Sendable {
  /// Which partitions of the partitioned assets that the selection names, and of their descendants; unpartitioned ones always run.
  ///
  /// What a leading `+` adds runs the partitions that its readers in the run need (semantics 12).
  public enum Partitions: Hashable, Sendable {
    /// None named: refused where such an asset has partitions.
    case unspecified
    /// Every partition that exists.
    case all
    /// The newest one that exists: the last window that has ended, or the last key.
    case latest
    /// `a..b`, `a,b,c`, or one key; see `PartitionSpace.parse`.
    case text(String)
  }

  public var selection: Selection
  public var partitions: Partitions
  public var kind: RunKind
  /// A repeat with the same key returns the same run (semantics 21).
  public var clientKey: String?
  /// The trace that the launch is part of; every grant of the run carries it on.
  public var trace: TraceContext?

  public init(
    _ selection: Selection, partitions: Partitions = .unspecified, kind: RunKind = .materialize, clientKey: String? = nil,
    trace: TraceContext? = nil
  ) {
    self.selection = selection
    self.partitions = partitions
    self.kind = kind
    self.clientKey = clientKey
    self.trace = trace
  }
}

/// What a command came to, beside its events.
public enum Reply: Hashable, Sendable {
  case done
  /// What a location said was taken; so many parts of it came to nothing (``LocationTally`` says why).
  case taken(ignored: Int)
  case launched(LaunchReceipt)
  case refused(CommandError)
}

/// A run that a launch made, or had made before.
public struct LaunchReceipt: Hashable, Sendable {
  public let run: RunID
  /// Whether an earlier launch with the same client key made it.
  public let isRepeat: Bool
  public let steps: Int
  /// Assets that the selection matched and the run leaves out, with the reason.
  public let leftOut: [String]

  public init(run: RunID, isRepeat: Bool, steps: Int, leftOut: [String] = []) {
    self.run = run
    self.isRepeat = isRepeat
    self.steps = steps
    self.leftOut = leftOut
  }
}

/// Why a command was refused; nothing changed.
public struct CommandError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of refusal; more may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Wrapped: String {
      case badSelection
      case badPartitions
      case unschedulable
      case tooLarge
      case notFound
      case invalidWorkspace
      case stale
      case undecided
    }
    private let wrapped: Wrapped
    public var description: String { wrapped.rawValue }

    public static let badSelection = Code(wrapped: .badSelection)
    public static let badPartitions = Code(wrapped: .badPartitions)
    /// A selected asset lies on a cycle.
    public static let unschedulable = Code(wrapped: .unschedulable)
    public static let tooLarge = Code(wrapped: .tooLarge)
    public static let notFound = Code(wrapped: .notFound)
    public static let invalidWorkspace = Code(wrapped: .invalidWorkspace)
    /// The definitions changed while it was worked out; nothing happened.
    public static let stale = Code(wrapped: .stale)
    /// An error ended a request before it was decided, or before anybody knew; the message says which.
    public static let undecided = Code(wrapped: .undecided)
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

/// What the shell must do once a decision's events are durable; each is idempotent and repeated after a restart.
public enum Effect: Hashable, Sendable {
  /// A grant, and the trace of its run where it has one.
  case grant(GrantRecord, trace: TraceContext?)
  case cancel(LocationName, StepID, attempt: Int)
  case settle(LocationName, VersionRef, Settlement.Decision)
  /// A host holds staged versions of its own that state knows nothing of: the history decides, and `discard` is the last resort.
  case settleFromHistory(LocationName, [VersionID])
}

/// What `decide` came to.
public struct Decision: Hashable, Sendable {
  public let events: [StampedEvent]
  public let effects: [Effect]
  public let reply: Reply

  package init(events: [StampedEvent], effects: [Effect], reply: Reply) {
    self.events = events
    self.effects = effects
    self.reply = reply
  }
}
