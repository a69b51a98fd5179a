// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// A step whose definition has been checked, ready to run.
struct LoadedStep: Sendable {
  let spec: StepSpec
  let declaration: StepDeclaration
  let outputs: [LoadedOutput]

  func output(of key: AssetKey) -> LoadedOutput? { outputs.first { $0.key == key } }
}

/// One asset of a step, with the storage that keeps it.
struct LoadedOutput: Sendable {
  let key: AssetKey
  let value: ValueKind
  let manager: any IOManager
  let checks: [CheckIdentity: CheckDeclaration]
}
