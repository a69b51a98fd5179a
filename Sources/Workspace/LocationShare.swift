// SPDX-License-Identifier: Apache-2.0

/// What an operator says of a location's share of what all locations use; nil where the file says nothing.
package struct LocationShare: Hashable, Sendable {
  /// Attempts in flight, however many slots its server offers.
  package var attempts: Int?
  /// Steps of unfinished runs that have not ended.
  package var stepsInProgress: Int?
  /// Bytes of log lines that are kept: of one attempt, of one run's steps at the location, and in one day of UTC.
  package var logBytesPerStep: Int?
  package var logBytesPerRun: Int?
  package var logBytesPerDay: Int?
  /// Bytes of metadata, and of messages of checks and failures, that are kept: of one attempt, and in one day of UTC.
  package var detailBytesPerStep: Int?
  package var detailBytesPerDay: Int?

  package init() {}

  /// Field by field what this one says, and where it says nothing, what the other one does.
  package func over(_ other: LocationShare) -> LocationShare {
    var share = self
    for key in Key.allCases where share[keyPath: key.field] == nil { share[keyPath: key.field] = other[keyPath: key.field] }
    return share
  }
}

extension LocationShare {
  /// The fields of `limits:`, as the file names them.
  enum Key: String, CaseIterable {
    case attempts
    case stepsInProgress = "steps_in_progress"
    case logBytesPerStep = "log_bytes_per_step"
    case logBytesPerRun = "log_bytes_per_run"
    case logBytesPerDay = "log_bytes_per_day"
    case detailBytesPerStep = "detail_bytes_per_step"
    case detailBytesPerDay = "detail_bytes_per_day"

    var field: WritableKeyPath<LocationShare, Int?> {
      switch self {
      case .attempts: \.attempts
      case .stepsInProgress: \.stepsInProgress
      case .logBytesPerStep: \.logBytesPerStep
      case .logBytesPerRun: \.logBytesPerRun
      case .logBytesPerDay: \.logBytesPerDay
      case .detailBytesPerStep: \.detailBytesPerStep
      case .detailBytesPerDay: \.detailBytesPerDay
      }
    }
  }
}
