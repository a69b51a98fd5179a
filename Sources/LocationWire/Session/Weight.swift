// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// About how many bytes an item takes on the wire, reckoned without encoding it.
package protocol Weighed {
  var weight: Int { get }
}

extension Command: Weighed {
  package var weight: Int {
    switch self {
    case .grant(let grant): grant.weight
    case .cancel, .settle: 256
    }
  }
}

extension Grant: Weighed {
  package var weight: Int { workWeight + (trace.map { 128 + ($0.tracestate?.utf8.count ?? 0) } ?? 0) }

  private var workWeight: Int {
    switch work {
    case .materialize(let inputs, let outputs):
      256 + inputs.reduce(0) { $0 + $1.versions.reduce(64) { $0 + $1.weight } }
        + outputs.reduce(0) { $0 + $1.version.weight + $1.checks.weight }
    case .check(let targets): 256 + targets.reduce(0) { $0 + $1.target.weight + $1.checks.weight }
    }
  }
}

extension [CheckIdentity] {
  fileprivate var weight: Int { reduce(0) { $0 + 16 + $1.textBytes } }
}

extension VersionID: Weighed {
  package var weight: Int { 64 + asset.description.utf8.count + partition.description.utf8.count }
}

extension PinnedVersion: Weighed {
  package var weight: Int {
    64 + version.weight + locator.weight
  }
}

extension LocationEvent: Weighed {
  package var weight: Int {
    switch self {
    case .report(let report): report.weight
    case .settled(let settled): 128 + (settled.error?.utf8.count ?? 0)
    case .draining: 8
    case .status(let status):
      status.attempts.reduce(0) { $0 + $1.weight } + status.unsettled.reduce(0) { $0 + 64 + $1.weight }
    }
  }
}

extension Received<LocationEvent>: Weighed {
  package var weight: Int {
    guard case .item(let event) = self else { return 64 }
    return event.weight
  }
}

extension KnownAttempt: Weighed {
  package var weight: Int { reports.reduce(32) { $0 + $1.weight } }
}

extension StepReport: Weighed {
  package var weight: Int {
    switch self {
    case .started, .finished(_, .completed), .finished(_, .cancelled), .finished(_, .refused): 128
    case .finished(_, .failed(let failure)): 128 + failure.message.utf8.count
    case .logged(_, let lines, _): lines.reduce(64) { $0 + 32 + min($1.message.utf8.count, Limits.messageLength) }
    case .staged(_, let outputs): outputs.reduce(64) { $0 + $1.weight }
    case .checked(_, let asset, let evaluations): evaluations.reduce(64 + asset.description.utf8.count) { $0 + $1.weight }
    }
  }
}

extension StagedOutput: Weighed {
  package var weight: Int { 256 + asset.description.utf8.count + locator.weight + metadata.weight }
}

extension Locator: Weighed {
  package var weight: Int { 64 + scheme.utf8.count + uri.utf8.count + format.utf8.count + (contentHash?.utf8.count ?? 0) }
}

extension CheckEvaluation: Weighed {
  package var weight: Int {
    128 + check.textBytes + min(message?.utf8.count ?? 0, Limits.messageLength) + metadata.weight
  }
}

extension Metadata: Weighed {
  package var weight: Int { detailBytes }
}

extension MetadataValue: Weighed {
  package var weight: Int { detailBytes }
}
