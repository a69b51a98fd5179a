// SPDX-License-Identifier: Apache-2.0

/// A malformed value of the model: what is wrong, where, and what to write instead.
public struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of value was malformed; more may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Wrapped: String {
      case malformedKey, malformedLocationName, malformedPattern, malformedPartition, malformedPartitionSpace
      case malformedCron, malformedTimeZone, malformedSelection, malformedManifest, malformedIdentifier
    }

    private let wrapped: Wrapped
    public var description: String { wrapped.rawValue }

    public static let malformedKey = Code(wrapped: .malformedKey)
    public static let malformedLocationName = Code(wrapped: .malformedLocationName)
    public static let malformedPattern = Code(wrapped: .malformedPattern)
    public static let malformedPartition = Code(wrapped: .malformedPartition)
    public static let malformedPartitionSpace = Code(wrapped: .malformedPartitionSpace)
    public static let malformedCron = Code(wrapped: .malformedCron)
    public static let malformedTimeZone = Code(wrapped: .malformedTimeZone)
    public static let malformedSelection = Code(wrapped: .malformedSelection)
    public static let malformedManifest = Code(wrapped: .malformedManifest)
    public static let malformedIdentifier = Code(wrapped: .malformedIdentifier)
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
