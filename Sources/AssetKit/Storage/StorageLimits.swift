// SPDX-License-Identifier: Apache-2.0

/// Bounds on what storage takes from directories that others may write to, and on how long it may take.
enum StorageLimits {
  /// How long loading one version may take, until its rows are handed out one by one; `SLUICE_LOAD_TIMEOUT` says otherwise.
  static let loadPatience: Duration = .seconds(900)
  /// The longest time that `SLUICE_LOAD_TIMEOUT` may give.
  static let longestLoad: Duration = .seconds(86_400)
  /// Bytes of a path that a locator or a setting names.
  static let pathBytes = 4_096
  /// Bytes of a path, hash or name that an error quotes.
  static let quotedBytes = 512
  /// Bytes of a record beside a version: `version.json`, `checks.json`.
  static let recordBytes = 16 << 20
  /// Entries of a directory that are looked at; further ones are left alone.
  static let directoryEntries = 100_000
  /// How often within the grace of replaced versions those past it are looked for, for each asset partition.
  static let sweepsPerGrace = 32
  /// Unsettled versions of one asset that are listed at once; further ones are listed once these are settled.
  static let unsettledVersions = 1_000
  /// How long a settlement waits for another one of the same asset partition.
  static let lockPatience: Duration = .seconds(30)
  /// Microseconds after which a lock is asked for again, at the longest.
  static let lockPause: UInt32 = 50_000
}
