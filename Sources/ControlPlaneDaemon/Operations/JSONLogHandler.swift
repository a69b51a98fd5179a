// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Foundation
package import Logging

/// Writes each log entry as one line of JSON: `at`, `level`, `message`, and the entry's metadata beside them.
package struct JSONLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel = Logger.Level.info
  private let label: String
  private let now: @Sendable () -> Date
  private let write: @Sendable (Data) -> Void

  package init(
    label: String, now: @escaping @Sendable () -> Date = { Date() },
    write: @escaping @Sendable (Data) -> Void = { try? FileHandle.standardError.write(contentsOf: $0) }
  ) {
    self.label = label
    self.now = now
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields: [String: Any] = [
      "at": now().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)), "level": event.level.rawValue,
      "logger": label,
      "message": event.message.description,
    ]
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) where fields[key] == nil {
      fields[key] = Self.plain(value)
    }
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? JSONSerialization.data(withJSONObject: fields, options: options) else { return }
    // The serializer leaves DEL, C1 controls and U+2028 as they are.
    write(Data((Shown(json: String(decoding: json, as: UTF8.self)).text + "\n").utf8))
  }

  private static func plain(_ value: Logger.Metadata.Value) -> Any {
    switch value {
    case .string(let text): text
    case .stringConvertible(let value): (value as? any BinaryInteger).flatMap { Int(exactly: $0) } ?? value.description
    case .array(let values): values.map { plain($0) }
    case .dictionary(let values): values.mapValues { plain($0) }
    }
  }
}
