// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// What an error says to people, whoever made it: a team's code throws what its libraries throw.
package enum ErrorText {
  /// The error's own words, and its type unless it is one of ours; never without either.
  package static func of(_ error: any Error) -> String {
    switch error {
    case let error as NotRetryable: return error.description
    case is StorageError, is ConfigurationError, is PartitionError, is ModelError, is InputError, is OutputError,
      is ResourceError:
      return "\(error)"
    case let error as DecodingError: return "DecodingError: \(error.explanation)"
    case let error as EncodingError: return "EncodingError: \(error.explanation)"
    default: return typed(error)
    }
  }

  private static func typed(_ error: any Error) -> String {
    let type = "\(type(of: error))"
    guard let words = words(of: error) else { return "\(type), which says nothing more" }
    // What Swift makes up for a struct or a class begins with its type.
    return words == type || words.hasPrefix("\(type)(") ? words : "\(type): \(words)"
  }

  private static func words(of error: any Error) -> String? {
    if type(of: error) is NSError.Type { return bridged(error as NSError) }
    if let localized = (error as? any LocalizedError).flatMap(localized) { return localized }
    if let bridged = (error as? any CustomNSError).flatMap(bridged) { return bridged }
    return trimmed("\(error)")
  }

  /// What it is, why, and what to do, as far as the error says so.
  private static func localized(_ error: any LocalizedError) -> String? {
    var parts: [String] = []
    for part in [error.errorDescription, error.failureReason, error.recoverySuggestion] {
      guard let part = trimmed(part), !parts.contains(where: { $0.contains(part) }) else { continue }
      parts.append(part)
    }
    // A description of its own may say more than what is meant for the users of an app. A cast would box every error to have one.
    if type(of: error) is any CustomStringConvertible.Type, let described = trimmed("\(error)"),
      !parts.contains(where: { $0.contains(described) || described.contains($0) })
    {
      parts.append(described)
    }
    return parts.isEmpty ? nil : parts.joined(separator: ": ")
  }

  private static func bridged(_ error: any CustomNSError) -> String? {
    let domain = type(of: error).errorDomain
    return bridged(error.errorUserInfo, code: error.errorCode, domain: domain)
  }

  private static func bridged(_ error: NSError) -> String? {
    bridged(error.userInfo, code: error.code, domain: error.domain) ?? "\(error.domain) \(error.code)"
  }

  private static func bridged(_ info: [String: Any], code: Int, domain: String) -> String? {
    let keys = [NSLocalizedDescriptionKey, NSLocalizedFailureReasonErrorKey]
    let parts = keys.compactMap { trimmed(info[$0] as? String) }
    return parts.isEmpty ? nil : parts.joined(separator: ": ") + " (\(domain) \(code))"
  }

  private static func trimmed(_ text: String?) -> String? {
    let text = text?.trimmingCharacters(in: .whitespacesAndNewlines)
    return text?.isEmpty == false ? text : nil
  }
}
