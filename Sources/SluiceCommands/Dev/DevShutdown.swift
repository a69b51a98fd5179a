// SPDX-License-Identifier: Apache-2.0

/// How `sluice dev` ends what it runs.
package enum DevShutdown {
  /// Stops the locations, and the daemon once they have ended: what a step finishes meanwhile is still decided and kept.
  ///
  /// It returns once all have ended.
  package static func stop(_ children: [Child]) async {
    let daemons = children.filter { $0.spec.name == DevSettings.daemonName }
    let locations = children.filter { $0.spec.name != DevSettings.daemonName }
    for child in locations { child.stop.open() }
    for child in locations { await child.stopped.wait() }
    for child in daemons { child.stop.open() }
    for child in daemons { await child.stopped.wait() }
  }
}
