// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// How an engine is.
public enum EngineHealth: Hashable, Sendable {
  case starting
  case leading(Epoch)
  /// Another process leads the store; it says how it calls itself.
  case following(String)
  /// The store is away, and scheduling waits for it.
  case paused(String)
}

/// Why the engine gave no answer.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure; more may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Wrapped: String {
      case ambiguous
      case following
      case paused
      case stopped
    }
    private let wrapped: Wrapped
    public var description: String { wrapped.rawValue }

    /// It may or may not have happened; ask again, or repeat it with a client key.
    public static let ambiguous = Code(wrapped: .ambiguous)
    /// Another process leads the store; nothing happened.
    public static let following = Code(wrapped: .following)
    /// The store is away; nothing happened.
    public static let paused = Code(wrapped: .paused)
    /// The engine is not running; nothing happened.
    public static let stopped = Code(wrapped: .stopped)
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
