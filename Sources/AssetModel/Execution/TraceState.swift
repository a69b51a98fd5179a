// SPDX-License-Identifier: Apache-2.0

/// The grammar of the header `tracestate`: a list of members `key=value`, at most ``members`` and ``length`` bytes.
enum TraceState {
  /// Members of a list, empty ones apart; the standard's bound.
  static let members = 32
  /// Bytes of a value that is handed on; the standard asks for 512 at least.
  static let length = 1_024

  private static let keyLength = 256
  private static let valueLength = 256

  /// The same text without spaces around its members and without empty ones; nil where it is malformed, too long or empty.
  static func validated(_ text: String) -> String? {
    guard text.utf8.count <= length else { return nil }
    var keys: Set<[UInt8]> = []
    var kept: [String] = []
    for part in text.utf8.split(separator: UInt8(ascii: ",")) {
      let member = trimmed(part)
      if member.isEmpty { continue }
      guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
      let key = Array(member[..<equals])
      guard isKey(key), isValue(Array(member[member.index(after: equals)...])), keys.insert(key).inserted else { return nil }
      kept.append(String(decoding: member, as: UTF8.self))
    }
    guard !kept.isEmpty, kept.count <= members else { return nil }
    return kept.joined(separator: ",")
  }

  private static func trimmed(_ part: Substring.UTF8View) -> Substring.UTF8View {
    let start = part.firstIndex { !isBlank($0) } ?? part.endIndex
    var end = part.endIndex
    while end > start, isBlank(part[part.index(before: end)]) { end = part.index(before: end) }
    return part[start..<end]
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  /// `name`, or `tenant@system`, where the tenant may begin with a digit and is longer, and the system is short.
  private static func isKey(_ key: [UInt8]) -> Bool {
    let parts = key.split(separator: UInt8(ascii: "@"), maxSplits: 1, omittingEmptySubsequences: false)
    guard key.count <= keyLength, key.allSatisfy({ isKeyByte($0) || $0 == UInt8(ascii: "@") }), let first = parts.first?.first
    else { return false }
    guard parts.count == 2 else { return isLetter(first) }
    let (tenant, system) = (parts[0], parts[1])
    return tenant.count <= 241 && (1...14).contains(system.count) && system.allSatisfy(isKeyByte)
      && system.first.map(isLetter) == true && (isLetter(first) || isDigit(first))
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || "_-*/".utf8.contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  /// Printable, without `,` and `=`; blanks at its end were trimmed.
  private static func isValue(_ value: [UInt8]) -> Bool {
    !value.isEmpty && value.count <= valueLength
      && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
  }
}
