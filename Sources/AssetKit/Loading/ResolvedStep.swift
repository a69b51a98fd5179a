// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// A step while its definition is being checked: what could be parsed so far.
struct ResolvedStep {
  let declaration: StepDeclaration
  /// The place among all steps of the location.
  let order: Int
  /// One an output; nil where the key is malformed.
  var keys: [AssetKey?] = []
  /// One a dependency; nil where the key is malformed or names nothing.
  var upstreams: [AssetKey?] = []
  /// nil until resolved, or when they cannot be.
  var space: PartitionSpace?
  var dependencies: [DependencySpec] = []
  /// One list an output, those defined apart included.
  var checks: [[CheckDeclaration]] = []

  /// How messages name it: the asset's key, or the step's name where it yields several.
  var subject: String { declaration.name }
}
