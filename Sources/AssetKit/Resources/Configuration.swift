// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Named settings from the environment and from files.
///
/// The value of `NAME` is that of the variable `NAME`, or the contents of the file that `NAME_FILE` names, without its last newline.
public struct Configuration: Sendable {
  private let variables: [String: String]

  /// Settings of a test or an embedding program.
  public init(_ variables: [String: String] = [:]) { self.variables = variables }

  /// The environment of this process, as it is now.
  public static var process: Configuration { Configuration(ProcessInfo.processInfo.environment) }

  /// A setting, where it is set and not empty.
  ///
  /// - Throws: ``ConfigurationError`` when its file cannot be read, or both `NAME` and `NAME_FILE` are set.
  public func optional(_ name: String) throws -> String? {
    let value = variables[name].flatMap { $0.isEmpty ? nil : $0 }
    guard let path = variables["\(name)_FILE"], !path.isEmpty else { return value }
    guard value == nil else { throw ConfigurationError("\(name) and \(name)_FILE are both set: unset one") }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError("\(name)_FILE names '\(path)', which cannot be read")
    }
    guard var text = String(data: data, encoding: .utf8) else {
      throw ConfigurationError("\(name)_FILE names '\(path)', which is not UTF-8 text")
    }
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
    return text.isEmpty ? nil : text
  }

  /// A setting that must be there.
  ///
  /// - Throws: ``ConfigurationError`` naming it.
  public func value(_ name: String) throws -> String {
    guard let value = try optional(name) else {
      throw ConfigurationError("\(name) is not set: set it, or \(name)_FILE to a file that holds it")
    }
    return value
  }

  /// A setting of another type, such as `Int`.
  ///
  /// - Parameter fallback: what it is when it is not set; without one it must be.
  /// - Throws: ``ConfigurationError`` naming the setting and what it holds.
  public func value<Value: LosslessStringConvertible>(
    _ name: String, as type: Value.Type, default fallback: Value? = nil
  ) throws -> Value {
    if let fallback, try optional(name) == nil { return fallback }
    let text = try value(name)
    guard let value = Value(text) else { throw ConfigurationError("\(name) is '\(text)', which is no \(type)") }
    return value
  }

  /// A setting that must be there and must not be seen.
  ///
  /// - Throws: ``ConfigurationError`` naming it, never its value.
  public func secret(_ name: String) throws -> Secret { Secret(try value(name)) }
}

/// A setting that is missing or malformed.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
