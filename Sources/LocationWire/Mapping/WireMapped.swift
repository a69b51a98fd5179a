// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// A value of the model that travels as a value of the protocol.
///
/// Parsing is strict: what is malformed or over a limit throws, naming the field. Fields that a newer peer added are ignored.
package protocol WireMapped {
  associatedtype Wire

  /// - Throws: ``WireError``, naming the field within this message.
  init(wire: Wire) throws(WireError)

  var wire: Wire { get }
}

/// Parses one field.
func read<Value: WireMapped>(_ field: String, _ wire: Value.Wire, as: Value.Type = Value.self) throws(WireError) -> Value {
  do { return try Value(wire: wire) } catch { throw error.within(field) }
}

/// Parses a repeated field of at most `limit` elements.
func readAll<Value: WireMapped>(
  _ field: String, _ wire: [Value.Wire], limit: Int = .max, named name: String = "", as: Value.Type = Value.self
) throws(WireError) -> [Value] {
  try checkLimit(field, wire.count, limit, named: name)
  var values: [Value] = []
  values.reserveCapacity(wire.count)
  for (index, element) in wire.enumerated() {
    do { values.append(try Value(wire: element)) } catch { throw error.within("\(field)[\(index)]") }
  }
  return values
}

/// Refuses a count or a number of bytes above a named limit.
func checkLimit(_ field: String, _ count: Int, _ limit: Int, named name: String) throws(WireError) {
  guard count <= limit else {
    throw WireError(.overLimit, field: field, "\(count) is over the limit of \(limit) (\(name))")
  }
}

/// Refuses a text with more combining marks in a row than a limit: comparing it would take long.
func checkMarks(_ field: String, _ text: String) throws(WireError) {
  guard text.hasMarks() else { throw tooManyMarks(field) }
}

func tooManyMarks(_ field: String) -> WireError {
  WireError(.overLimit, field: field, "has more than \(Limits.combiningMarks) combining marks in a row (combiningMarks)")
}

/// Refuses a name that is empty, too long, or has characters that cannot be shown.
func readName(_ field: String, _ text: String) throws(WireError) -> String {
  guard !text.isEmpty else { throw WireError(.malformed, field: field, "is empty") }
  try checkLimit(field, text.utf8.count, Limits.nameLength, named: "nameLength")
  if text.isPrintableASCII { return text }
  try checkMarks(field, text)
  guard !text.hasUnprintable else {
    throw WireError(.malformed, field: field, "contains a control character, or one that turns the text around it")
  }
  return text
}

/// Parses a field whose type checks its own text.
func readModel<Value>(_ field: String, _ make: () throws(ModelError) -> Value) throws(WireError) -> Value {
  do { return try make() } catch { throw WireError(.malformed, field: field, error.message) }
}

/// Refuses a value that is none of those which this version knows.
func unknownValue(_ field: String, _ value: some Any) -> WireError {
  WireError(.malformed, field: field, "'\(value)' is absent or unknown to this version")
}

/// Refuses a message that is absent but required.
func require(_ field: String, _ isPresent: Bool) throws(WireError) {
  guard isPresent else { throw WireError(.malformed, field: field, "is absent") }
}

/// Cuts text to a number of bytes, and marks the cut; bounds its combining marks, and takes zero bytes out.
func cut(_ text: String, to limit: Int = Limits.messageLength) -> String { text.withoutZeros.cut(toBytes: limit).boundingMarks }
