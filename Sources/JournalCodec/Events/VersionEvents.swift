// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

extension PBPromoted: AttemptNaming {
  init(
    _ version: VersionRef, _ step: StepID, attempt: Int, passed: [CheckIdentity], manifest: ManifestDigest,
    texts: inout TextWriter
  ) {
    self.init(step, attempt: attempt)
    self.version = PBVersion(version, texts: &texts)
    self.passed = .init(passed, texts: &texts)
    self.manifest = texts.index(manifest)
  }

  func event(_ texts: TextReader) throws -> Event {
    .promoted(
      try version.value(texts), step, attempt: Int(attempt), passed: try passed.map { try $0.value(texts) },
      try texts.digest(manifest))
  }
}

extension PBRejected: AttemptNaming {
  init(
    _ version: VersionRef, _ step: StepID, attempt: Int, by: [CheckIdentity], passed: [CheckIdentity],
    texts: inout TextWriter
  ) {
    self.init(step, attempt: attempt)
    self.version = PBVersion(version, texts: &texts)
    self.by = .init(by, texts: &texts)
    self.passed = .init(passed, texts: &texts)
  }

  func event(_ texts: TextReader) throws -> Event {
    .rejected(
      try version.value(texts), step, attempt: Int(attempt), by: try by.map { try $0.value(texts) },
      passed: try passed.map { try $0.value(texts) })
  }
}

extension PBDiscarded: AttemptNaming {
  init(_ version: VersionRef, _ step: StepID, attempt: Int, texts: inout TextWriter) {
    self.init(step, attempt: attempt)
    self.version = PBVersion(version, texts: &texts)
  }
}

extension PBSettled {
  init(_ version: VersionRef, texts: inout TextWriter) {
    self.init()
    self.version = PBVersion(version, texts: &texts)
  }
}
