// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Testing

@Suite struct `What an error says to people` {
  private struct Wrapped: LocalizedError {
    var errorDescription: String?
    var failureReason: String?
    var recoverySuggestion: String?
  }

  private struct Both: LocalizedError, CustomStringConvertible {
    let errorDescription: String? = "The upload failed."
    let description = "PUT https://store/x: 507"
  }

  private struct Bridged: CustomNSError {
    static let errorDomain = "store"
    let errorCode = 507
    var errorUserInfo: [String: Any] { [NSLocalizedDescriptionKey: "the store is full"] }
  }

  private struct Silent: Error, CustomStringConvertible { let description = "  " }
  private struct Plain: Error {}
  private struct Advising: RetryAdvising, LocalizedError {
    let isRetryable = false
    let errorDescription: String? = "no such city"
  }
  private enum Cases: Error {
    case missing(key: String)
    case gone
  }

  @Test func `an error that is meant for people says what it says there`() {
    #expect(ErrorText.of(Wrapped(errorDescription: "quota exceeded")) == "Wrapped: quota exceeded")
    #expect(
      ErrorText.of(Wrapped(errorDescription: "quota exceeded", failureReason: "429", recoverySuggestion: "wait an hour"))
        == "Wrapped: quota exceeded: 429: wait an hour")
    #expect(ErrorText.of(Wrapped(failureReason: "429")) == "Wrapped: 429")
    #expect(ErrorText.of(Both()) == "Both: The upload failed.: PUT https://store/x: 507")
    #expect(ErrorText.of(Bridged()) == "Bridged: the store is full (store 507)")
    #expect(ErrorText.of(Advising()) == "Advising: no such city")
    #expect(
      ErrorText.of(NSError(domain: "d", code: 7, userInfo: [NSLocalizedDescriptionKey: "full"])) == "NSError: full (d 7)")
  }

  @Test func `an error without words says of which type it is`() {
    #expect(ErrorText.of(Silent()) == "Silent, which says nothing more")
    #expect(ErrorText.of(Plain()) == "Plain()")
    #expect(ErrorText.of(Wrapped(errorDescription: "")).hasPrefix("Wrapped("))
    #expect(ErrorText.of(Cases.gone) == "Cases: gone")
    #expect(ErrorText.of(Cases.missing(key: "a")) == #"Cases: missing(key: "a")"#)
  }

  @Test func `what is not to be tried again says why`() {
    #expect(NotRetryable("no such city").description == "no such city")
    #expect(NotRetryable(Wrapped(errorDescription: "quota exceeded")).description == "Wrapped: quota exceeded")
  }

  @Test func `a step that throws one fails with its words`() async throws {
    let location = try load {
      Asset<Int>("weather/full") { _ in throw Wrapped(errorDescription: "quota exceeded") }
    }
    let failure = try #require(try await location.materialize("weather/full").failure)
    #expect(failure.message == "Wrapped: quota exceeded")
  }
}
