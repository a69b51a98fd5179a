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
  /// Combining marks in a row, in a name or a text of others: as many as Unicode's Stream-Safe Text Format allows.
  public static let combiningMarks = 30
  /// Bytes in the name of a check, step or schedule.
  public static let nameLength = 256
  /// Definitions (steps) in one manifest.
  public static let definitionsPerManifest = 100_000
  /// Assets in one manifest: the outputs of all of its steps.
  public static let assetsPerManifest = 100_000
  /// Dependencies of all steps of one manifest.
  public static let dependenciesPerManifest = 1_000_000
  /// Bytes of one encoded manifest.
  public static let manifestBytes = 64 << 20
  /// Checks declared on one asset.
  public static let checksPerAsset = 200
  /// Outputs of one step and their checks, counted together: each has a part in every grant, and in every end of an attempt.
  public static let outputsAndChecksPerStep = 10_000
  /// Bytes of the names and versions of all checks of one step: every grant names them.
  public static let checkNamesPerStep = 512 << 10
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
  /// The longest timeout of a step or a check.
  public static let timeout: Duration = .seconds(30 * 86_400)
  /// Bytes of a malformed text that an error quotes.
  public static let quotedLength = 80
  /// Schedules in one manifest.
  public static let schedulesPerManifest = 1_000
  /// Clauses of one selection.
  public static let selectionClauses = 1_000
  /// Bytes of one selection.
  public static let selectionLength = 64 << 10
  /// Bytes of one cron expression.
  public static let cronLength = 1 << 10
  /// Cells of one metadata table, padded ones and column names included.
  public static let tableCells = 10_000
  /// Lines that one report may say were dropped; more count as so many.
  public static let droppedLines = 1_000_000_000
  /// Slots that a location may offer; more count as so many.
  public static let slotsPerLocation = 4_096
}
