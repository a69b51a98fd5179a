// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

extension StepReport {
  /// How the attempt ends whose report takes more than ``WireLimits/reportBytes``; nil where this one can be sent.
  ///
  /// It is refused before it is sent: a message over the daemon's limit would end the session, and with it all that others have to say.
  package var endAsTooLarge: StepEnd? {
    // Weighing is cheap, and far from the limit it is near enough.
    guard weight > WireLimits.frameBytes else { return nil }
    let bytes = (try? wire.serializedData().count) ?? .max
    guard bytes > WireLimits.reportBytes else { return nil }
    let message =
      "\(subject) takes \(bytes) bytes, and a report may take \(WireLimits.reportBytes) (reportBytes): say less in messages and "
      + "metadata, and keep large values in storage rather than in locators"
    return .failed(StepFailure(kind: .output, message: message, isRetryable: false))
  }

  private var subject: String {
    switch self {
    case .staged(_, let outputs): "the report of \(outputs.count) staged outputs"
    case .checked(_, let asset, let evaluations): "the report of \(evaluations.count) checks of '\(asset)'"
    case .started, .logged, .finished: "a report"
    }
  }
}
