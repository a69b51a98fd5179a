// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What the steps of one manifest come to together.
struct ManifestSize {
  private var outputs = 0
  private var dependencies = 0

  /// Counts one more step.
  ///
  /// - Throws: ``WireError`` where the manifest is over a limit with it.
  mutating func add(outputs more: Int, dependencies further: Int) throws(WireError) {
    // Counts of what is in memory: their sum fits.
    outputs += more
    // As above, it fits.
    dependencies += further
    try checkLimit("steps.outputs", outputs, Limits.assetsPerManifest, named: "assetsPerManifest")
    try checkLimit("steps.dependencies", dependencies, Limits.dependenciesPerManifest, named: "dependenciesPerManifest")
  }
}
