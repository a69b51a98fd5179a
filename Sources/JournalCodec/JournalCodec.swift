// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Foundation
import MessageFraming
package import Orchestrator
import SwiftProtobuf

/// Events, and what rows hold, to bytes and back; shared by every store.
///
/// Equal values have equal bytes. Every error is a ``JournalError``: `tooNew` for bytes of a format that this program does not
/// know, `damaged` for bytes that are no such thing.
package enum JournalCodec {
  /// How deep a message may nest; more than what a host may send, so that what was taken can be read again.
  private static let depth = 400

  static var options: BinaryDecodingOptions {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = depth
    return options
  }
}

/// A batch of events as it is stored.
package struct EncodedBatch: Sendable {
  package let bytes: Data
  /// The content of manifests that the events name, to be kept by digest in the same transaction; sorted.
  package let manifests: [(digest: ManifestDigest, bytes: Data)]
  /// Those of them that were left out, since the store is thought to have them.
  package let leftOut: [ManifestDigest: Manifest]
  /// The newest format among the events.
  package let format: JournalFormat
}

// MARK: - Batches

extension JournalCodec {
  /// - Parameter known: manifests whose content the store has.
  package static func encode(
    _ events: [StampedEvent], leavingOut known: Set<ManifestDigest> = []
  ) throws(JournalError) -> EncodedBatch {
    var writer = EventWriter()
    var batch = PBBatch()
    let base = events.first?.at ?? Timestamp(microseconds: 0)
    batch.baseUs = base.microseconds
    let encoded = events.map { writer.encode($0, base: base) }
    batch.texts = writer.texts.texts
    batch.digests = writer.texts.digests.map { PBDigest($0) }
    var manifests: [(digest: ManifestDigest, bytes: Data)] = []
    for (digest, manifest) in writer.manifests.sorted(by: { $0.key < $1.key }) where !known.contains(digest) {
      manifests.append((digest, try encode(manifest)))
    }
    let leftOut = known.isEmpty ? [:] : writer.manifests.filter { known.contains($0.key) }
    return EncodedBatch(bytes: try bytes(batch, followedBy: encoded), manifests: manifests, leftOut: leftOut, format: .first)
  }

  /// A batch and its events, each framed by itself: within the batch each would be measured once more than it is written.
  private static func bytes(_ batch: PBBatch, followedBy events: [PBEvent]) throws(JournalError) -> Data {
    // The field of the events comes last, of those that are set.
    var result: [UInt8] = try contiguous(batch)
    for event in events {
      result.appendField(eventsField, try contiguous(event))
    }
    return Data(result)
  }

  private static let eventsField: UInt32 = 4

  /// The events of a batch; `manifest` looks up the content of one that an event names.
  package static func decode(
    _ bytes: Data, manifest: (ManifestDigest) throws(JournalError) -> Manifest
  ) throws(JournalError) -> [StampedEvent] {
    try reading("events") {
      let batch = try PBBatch(serializedBytes: bytes, options: options)
      try checkFormats(of: batch)
      return try withoutActuallyEscaping(manifest) { manifest in
        let texts = TextReader(texts: batch.texts, digests: try batch.digests.map { try $0.digest() })
        let reader = EventReader(texts: texts, manifest: manifest)
        let base = Timestamp(microseconds: batch.baseUs)
        return try batch.events.map { try reader.decode($0, base: base) }
      }
    }
  }

  /// The instant of a batch's last event, which is its latest.
  package static func lastInstant(of bytes: Data) throws(JournalError) -> Timestamp {
    try reading("events") {
      let batch = try PBBatch(serializedBytes: bytes, options: options)
      return Timestamp(microseconds: batch.baseUs &+ (batch.events.last?.afterUs ?? 0))
    }
  }

  package static func encode(_ manifest: Manifest) throws(JournalError) -> Data { try bytes(PBStoredManifest(manifest)) }

  package static func decodeManifest(_ bytes: Data) throws(JournalError) -> Manifest {
    try reading("a manifest") {
      let stored = try PBStoredManifest(serializedBytes: bytes, options: options)
      if let refusal = JournalFormat(number: stored.since, release: "").refusal(in: "a manifest") { throw refusal }
      return try stored.manifest()
    }
  }

  private static func checkFormats(of batch: PBBatch) throws {
    let newest = batch.events.map(\.since).max() ?? 0
    if let refusal = JournalFormat(number: newest, release: batch.release).refusal(in: "the journal") { throw refusal }
  }
}

// MARK: - Rows

extension JournalCodec {
  package static func encode(_ steps: PlannedSteps) throws(JournalError) -> Data {
    var texts = TextWriter()
    var spaces = SpaceTable()
    var stored = PBStoredPlan()
    stored.plan = PBPlan(steps.nodes, spaces: &spaces, texts: &texts)
    stored.plan.spaces = spaces.encoded
    stored.texts = texts.texts
    return try bytes(stored)
  }

  package static func decodeSteps(_ bytes: Data) throws(JournalError) -> PlannedSteps {
    try reading("a plan") {
      let stored = try PBStoredPlan(serializedBytes: bytes, options: options)
      let spaces = try stored.plan.spaces.map { try $0.value() }
      return PlannedSteps(nodes: try stored.plan.nodes(spaces: spaces, texts: TextReader(texts: stored.texts)))
    }
  }

  package static func encode(_ inputs: [BoundInput]) throws(JournalError) -> Data {
    var texts = TextWriter()
    var stored = PBStoredInputs()
    stored.inputs = .init(inputs, texts: &texts)
    stored.texts = texts.texts
    return try bytes(stored)
  }

  package static func decodeInputs(_ bytes: Data) throws(JournalError) -> [BoundInput] {
    try reading("inputs") {
      let stored = try PBStoredInputs(serializedBytes: bytes, options: options)
      let texts = TextReader(texts: stored.texts)
      return try stored.inputs.map { try $0.value(texts) }
    }
  }

  package static func encode(_ outcome: StepOutcome) throws(JournalError) -> Data {
    var texts = TextWriter()
    var stored = PBStoredOutcome()
    stored.outcome = PBStepOutcome(outcome, texts: &texts)
    stored.texts = texts.texts
    return try bytes(stored)
  }

  package static func decodeOutcome(_ bytes: Data) throws(JournalError) -> StepOutcome {
    try reading("an outcome") {
      let stored = try PBStoredOutcome(serializedBytes: bytes, options: options)
      return try stored.outcome.value(TextReader(texts: stored.texts))
    }
  }

  package static func encode(_ failure: StepFailure) throws(JournalError) -> Data { try bytes(PBFailure(failure)) }

  package static func decodeFailure(_ bytes: Data) throws(JournalError) -> StepFailure {
    try reading("a failure") { try PBFailure(serializedBytes: bytes, options: options).failure() }
  }

  package static func encode(_ locator: Locator) throws(JournalError) -> Data { try bytes(PBLocator(locator)) }

  package static func decodeLocator(_ bytes: Data) throws(JournalError) -> Locator {
    try reading("a locator") { try PBLocator(serializedBytes: bytes, options: options).locator }
  }

  package static func encode(_ trace: TraceContext) throws(JournalError) -> Data { try bytes(PBTrace(trace)) }

  package static func decodeTrace(_ bytes: Data) throws(JournalError) -> TraceContext {
    try reading("a trace") { try PBTrace(serializedBytes: bytes, options: options).context() }
  }

  package static func encode(_ metadata: Metadata) throws(JournalError) -> Data {
    var stored = PBStoredMetadata()
    stored.entries = .init(metadata)
    return try bytes(stored)
  }

  package static func decodeMetadata(_ bytes: Data) throws(JournalError) -> Metadata {
    try reading("metadata") { try PBStoredMetadata(serializedBytes: bytes, options: options).entries.metadata() }
  }

  /// The message and metadata of an evaluation, or nil where it has neither.
  package static func encodeDetail(of evaluation: CheckEvaluation) throws(JournalError) -> Data? {
    guard let detail = PBEvaluationDetail(evaluation) else { return nil }
    return try bytes(detail)
  }

  package static func decodeDetail(_ bytes: Data) throws(JournalError) -> (message: String?, metadata: Metadata) {
    try reading("an evaluation") {
      let detail = try PBEvaluationDetail(serializedBytes: bytes, options: options)
      return (detail.hasMessage ? detail.message : nil, try detail.metadata.metadata())
    }
  }
}

// MARK: - Errors

extension JournalCodec {
  static func bytes(_ message: some SwiftProtobuf.Message) throws(JournalError) -> Data { try contiguous(message) }

  private static func contiguous<Bytes: SwiftProtobufContiguousBytes>(
    _ message: some SwiftProtobuf.Message
  ) throws(JournalError) -> Bytes {
    do {
      return try message.serializedBytes()
    } catch {
      // Only a message beyond 2 GiB cannot be encoded.
      throw JournalError(.unavailable, "a batch of events is too large to be stored: \(error)")
    }
  }

  static func reading<Result>(_ what: String, _ body: () throws -> Result) throws(JournalError) -> Result {
    do {
      return try body()
    } catch let error as JournalError {
      throw error
    } catch {
      let reason = (error as? CodecProblem)?.message ?? "\(error)"
      throw JournalError(.damaged, "\(what) in the journal cannot be decoded: \(reason)")
    }
  }
}
