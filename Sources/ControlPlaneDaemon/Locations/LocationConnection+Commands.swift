// SPDX-License-Identifier: Apache-2.0

import AssetModel
import LocationWire
import Orchestrator

/// What commands a session can carry.
extension LocationConnection {
  /// A grant that no message may hold would end every session that carries it.
  func split(_ commands: [LocationWire.Command]) -> (fitting: [LocationWire.Command], oversized: [AttemptID]) {
    var fitting: [LocationWire.Command] = []
    var oversized: [AttemptID] = []
    for command in commands {
      if case .grant(let grant) = command, grant.weight > ConnectionLimits.grantBytes {
        oversized.append(grant.attempt)
      } else {
        fitting.append(command)
      }
    }
    return (fitting, oversized)
  }

  /// Unstructured, because orders are handed over at once; it ends with the answer of the engine.
  func fail(_ attempts: [AttemptID]) {
    let failure = StepFailure(
      kind: .input,
      message: "its grant, with every version that it reads, takes more than \(ConnectionLimits.grantBytes) bytes (grantBytes)",
      isRetryable: false)
    let reports = attempts.map { StepReport.finished($0, .failed(failure)) }
    Task { try? await engine.submit(.reports(endpoint.name, reports)) }
  }
}
