// SPDX-License-Identifier: Apache-2.0

/// Every bound that the model puts on what a peer may say; a bound that is hit gives an error that names it.
public enum Limits {
  /// Bytes in an asset key.
  public static let keyLength = 256
  /// Segments in an asset key.
  public static let keySegments = 16
  /// Bytes in a static partition key.
  public static let partitionKeyLength = 256
  /// Keys in a static partition space.
  public static let staticPartitions = 100_000
  /// Bytes in the name of a check, step or schedule.
  public static let nameLength = 256
  /// Definitions (steps) in one manifest.
  public static let definitionsPerManifest = 100_000
  /// Bytes of one encoded manifest.
  public static let manifestBytes = 64 << 20
  /// Checks declared on one asset.
  public static let checksPerAsset = 200
  /// Dependencies of one step.
  public static let dependenciesPerStep = 1_000
  /// Entries in one metadata dictionary.
  public static let metadataEntries = 100
  /// Bytes of one text-like metadata value.
  public static let metadataValueLength = 64 << 10
  /// Bytes of one message, log line or error description; longer ones are cut and marked.
  public static let messageLength = 16 << 10
  /// Attempts that a retry policy may ask for.
  public static let attemptsPerStep = 100
  /// The longest delay between two attempts.
  public static let retryDelay: Duration = .seconds(30 * 86_400)
  /// Characters of a malformed text that an error quotes.
  static let quotedLength = 80
}
