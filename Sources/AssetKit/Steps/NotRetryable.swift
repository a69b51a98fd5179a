// SPDX-License-Identifier: Apache-2.0

/// An error that knows whether trying again may help; the step's retry policy then applies or not.
///
/// Every other error is taken for retryable.
public protocol RetryAdvising: Error {
  var isRetryable: Bool { get }
}

/// Ends a step for good: throw it where another attempt would fail alike.
public struct NotRetryable: RetryAdvising, CustomStringConvertible {
  public let description: String
  public var isRetryable: Bool { false }

  public init(_ message: String) { description = message }
  public init(_ cause: any Error) { description = ErrorText.of(cause) }
}
