// SPDX-License-Identifier: Apache-2.0

import AssetModel
public import Logging

extension Step {
  /// A logger for libraries that take one.
  ///
  /// Its lines go where the location's process logs, each with `run`, `step` (its number in the run), `attempt`, `partition`, and
  /// `trace_id` and `span_id` where the step is traced. Lines that are to be shown with the run go to ``log``.
  public var logger: Logger {
    var logger = Logger(label: name)
    logger[metadataKey: "run"] = .stringConvertible(run.number)
    logger[metadataKey: "step"] = .stringConvertible(attempt.step.ordinal)
    logger[metadataKey: "attempt"] = .stringConvertible(attempt)
    if partition != .only { logger[metadataKey: "partition"] = .stringConvertible(partition) }
    guard let trace else { return logger }
    logger[metadataKey: "trace_id"] = .stringConvertible(trace.traceID)
    logger[metadataKey: "span_id"] = .stringConvertible(trace.spanID)
    return logger
  }
}
