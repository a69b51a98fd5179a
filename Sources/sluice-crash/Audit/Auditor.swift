// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation

/// Compares the system, at rest, with the model.
///
/// Versions and runs that were found in order are not looked at again before the last audit, which looks at everything.
final class Auditor {
  let desk: Desk
  let catalogue: Catalogue
  let ledger: Ledger
  let storage: URL
  var violations: [Violation] = []
  var auditedRuns: Set<UInt64> = []
  /// Up to which place in each partition's history its versions were found in order.
  var auditedVersions: [Place: Int] = [:]
  private(set) var audits = 0

  init(desk: Desk, catalogue: Catalogue, ledger: Ledger, storage: URL) {
    self.desk = desk
    self.catalogue = catalogue
    self.ledger = ledger
    self.storage = storage
  }

  /// Everything that is not as the model says.
  func audit(_ history: History, watcher: Watcher) async throws -> [Violation] {
    audits += 1
    violations = []
    try await auditKeys()
    try await auditRuns(history)
    auditVersions(history)
    try await auditStorage(history)
    auditSightings(watcher.takeSightings(), history)
    return violations + watcher.takeViolations()
  }

  /// Has everything looked at once more.
  func forget() {
    auditedRuns = []
    auditedVersions = [:]
  }

  func expect(_ isSo: Bool, _ rule: Violation.Rule, _ detail: @autoclosure () -> String) {
    if !isSo { violations.append(Violation(rule, detail())) }
  }
}
