// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import SwiftProtobuf

/// Decodes a manifest definition by definition, so that no more than one of them is in memory as the wire has it, and the first that
/// may not be ends it.
struct ManifestReader {
  private var steps: [StepSpec] = []
  private var schedules: [ScheduleSpec] = []
  private var size = ManifestSize()
  private var rest = Data()

  /// - Throws: ``WireError`` where the bytes are no manifest, or a definition is malformed, hollow or one too many.
  static func read(_ bytes: Data) throws(WireError) -> Manifest {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(WireError) in
        var reader = ManifestReader()
        return try reader.read(bytes)
      }
    }
    return try result.get()
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Manifest {
    var fields = WireFields(bytes)
    var end = 0
    while let field = fields.next() {
      end = fields.offset
      guard let content = field.content else { continue }
      switch field.number {
      case 3:
        try checkLimit("steps", steps.count + 1, Limits.definitionsPerManifest, named: "definitionsPerManifest")
        let at = "steps[\(steps.count)]"
        let step: StepSpec = try decode(at, content, .step, as: Sluice_Location_V1_Step.self)
        try size.add(outputs: step.outputs.count, dependencies: step.dependencies.count)
        steps.append(step)
      case 4:
        try checkLimit("schedules", schedules.count + 1, Limits.schedulesPerManifest, named: "schedulesPerManifest")
        let at = "schedules[\(schedules.count)]"
        schedules.append(try decode(at, content, .schedule, as: Sluice_Location_V1_Schedule.self))
      default:
        // The few fields that come once, put together again; what a newer location adds is left aside.
        guard field.number <= 2 else { continue }
        try checkLimit("", content.count, Limits.nameLength, named: "nameLength")
        rest = Self.replacing(field.number, in: rest, with: content)
      }
    }
    guard end == bytes.count else {
      throw WireError(.malformed, "the manifest's \(bytes.count) bytes are no manifest: they break off after \(end)")
    }
    let head: Sluice_Location_V1_Manifest
    do { head = try Sluice_Location_V1_Manifest(serializedBytes: rest) } catch {
      throw WireError(.malformed, "the manifest's \(bytes.count) bytes are no manifest: \(error)")
    }
    let named = try Manifest(wire: head)
    return Manifest(location: named.location, version: named.version, steps: steps, schedules: schedules)
  }

  private func decode<Value: WireMapped>(
    _ field: String, _ content: UnsafeRawBufferPointer, _ shape: MessageShape, as: Value.Wire.Type
  ) throws(WireError) -> Value where Value.Wire: Message {
    try within(field) { () throws(WireError) in
      try DecodedSize.check(content, as: shape, texts: WireLimits.definitionTextBytes)
      let wire: Value.Wire
      do { wire = try Value.Wire(serializedBytes: Data(content)) } catch {
        throw WireError(.malformed, "its \(content.count) bytes are no \(shape.name): \(error)")
      }
      return try Value(wire: wire)
    }
  }

  /// The encoding of the head with one more text field; the last of a number counts, as everywhere in the protocol.
  private static func replacing(_ number: UInt64, in head: Data, with content: UnsafeRawBufferPointer) -> Data {
    var encoded = Data()
    head.withUnsafeBytes { bytes in
      for field in WireFields(bytes) where field.number != number {
        if let known = field.content { append(field.number, known, to: &encoded) }
      }
    }
    append(number, content, to: &encoded)
    return encoded
  }

  /// Contents are at most ``Limits/nameLength`` bytes, and so their lengths two bytes.
  private static func append(_ number: UInt64, _ content: UnsafeRawBufferPointer, to head: inout Data) {
    // Field numbers are ours, and fit.
    head.append(UInt8(truncatingIfNeeded: number << 3 | 2))
    head.append(UInt8(truncatingIfNeeded: content.count & 0x7F | 0x80))
    head.append(UInt8(truncatingIfNeeded: content.count >> 7))
    head.append(contentsOf: content)
  }
}
