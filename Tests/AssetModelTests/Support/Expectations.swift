// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Testing

/// The error that a parse throws, or nil and an issue where it throws none.
func modelError<T>(_ body: () throws -> T, at place: SourceLocation = #_sourceLocation) -> ModelError? {
  #expect(throws: ModelError.self, sourceLocation: place) { _ = try body() }
}

/// An instant written as ISO 8601 in UTC, to the second.
func instant(_ text: String) throws -> Timestamp {
  Timestamp(try Date(text, strategy: .iso8601))
}

/// What a value becomes when it is written as JSON and read back.
func throughJSON<T: Codable>(_ value: T) throws -> T {
  try JSONDecoder().decode(T.self, from: JSONEncoder().encode(value))
}

/// Reads one type from the JSON of another.
func decode<T: Decodable>(_ type: T.Type, from value: some Encodable) throws -> T {
  try JSONDecoder().decode(type, from: JSONEncoder().encode(value))
}

/// A day that is known to exist.
func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }
