// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// An absolute path, as a locator names it: `file:///directory/file`, with `%XX` for bytes that a URI cannot hold.
///
/// Nothing in it can lead elsewhere than where it seems to lead: another host, a relative path, a component that is `.`, `..` or
/// empty, a slash or NUL behind a `%`, a query and a fragment are refused.
struct FileURI: Hashable, Sendable {
  /// Never empty.
  let components: [String]
  var path: String { "/" + components.joined(separator: "/") }

  /// - Throws: ``StorageError``, quoting the text.
  init(_ text: String) throws {
    func refused(_ why: String) -> StorageError { StorageError("the locator's path '\(text.quoted)' is refused: \(why)") }
    guard text.utf8.count <= StorageLimits.pathBytes else {
      throw refused("it is longer than \(StorageLimits.pathBytes) bytes (pathBytes)")
    }
    let bytes = try Self.pathPart(of: text)
    if let odd = bytes.first(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
      throw refused("it holds a '\(UnicodeScalar(odd))': write a '\(odd == UInt8(ascii: "?") ? "%3F" : "%23")'")
    }
    var components: [String] = []
    for part in bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let decoded = Self.decoded(part), let component = String(validating: decoded, as: UTF8.self) else {
        throw refused("it is no path in UTF-8 with '%' and two hexadecimal digits for other bytes")
      }
      if component.isEmpty || component == "." || component == ".." {
        throw refused("its component '\(component)' is empty, '.' or '..': name the file by its whole path")
      }
      if decoded.contains(0) || decoded.contains(UInt8(ascii: "/")) {
        throw refused("a component holds a NUL or a slash behind a '%'")
      }
      components.append(component)
    }
    self.components = components
  }

  /// What follows the scheme and the host, from its first slash on.
  private static func pathPart(of text: String) throws -> Substring.UTF8View {
    let scheme = "file:"
    let rest = text.utf8.dropFirst(scheme.utf8.count)
    guard text.utf8.starts(with: scheme.utf8), rest.first == UInt8(ascii: "/") else {
      throw StorageError("'\(text.quoted)' is no absolute file URI: write 'file:///directory/file'")
    }
    guard rest.starts(with: "//".utf8) else { return Substring(rest).utf8 }
    let host = rest.dropFirst(2).prefix { $0 != UInt8(ascii: "/") }
    guard host.isEmpty || Substring(host).lowercased() == "localhost" else {
      throw StorageError(
        "the locator's path '\(text.quoted)' is refused: it names the host '\(String(Substring(host)).quoted)', and files are read from "
          + "this machine only: write 'file:///directory/file'")
    }
    let path = rest.dropFirst(2 + host.count)
    guard path.first == UInt8(ascii: "/") else {
      throw StorageError("'\(text.quoted)' is no absolute file URI: write 'file:///directory/file'")
    }
    return Substring(path).utf8
  }

  /// The bytes that `%XX` stand for; nil where a `%` is followed by something else.
  private static func decoded(_ part: some Collection<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var rest = part[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        result.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
      result.append(high << 4 | low)
    }
    return result
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}

extension String {
  /// The text as an error quotes it: cut at ``StorageLimits/quotedBytes``, its control characters escaped.
  var quoted: String {
    var result = ""
    for scalar in bounded(to: StorageLimits.quotedBytes).unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
