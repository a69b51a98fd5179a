// SPDX-License-Identifier: Apache-2.0

/// What a message of the protocol looks like on the wire, as far as its size in memory goes: which fields are messages, which repeat.
///
/// ``DecodedSize`` walks bytes by it before anything is decoded. Fields that it does not name count as text.
package struct MessageShape: Sendable {
  /// A field of a message; shapes are looked up when they are needed, since metadata nests in itself.
  enum Field: Sendable {
    /// At most one, which lies within its parent.
    case one(@Sendable () -> MessageShape)
    /// Any number of messages, each with a size of its own.
    case many(@Sendable () -> MessageShape)
    /// As many as a named limit allows.
    case upTo(Int, String, @Sendable () -> MessageShape)
    /// Entries of a map from text to text, or to a message.
    case map((@Sendable () -> MessageShape)?)
  }

  let name: String
  /// Bytes that one element takes in an array.
  let stride: Int
  /// By number; nil for what is no message.
  private let fields: [Field?]

  init<Message>(_ name: String, of type: Message.Type, _ fields: [Int: Field] = [:]) {
    self.name = name
    stride = MemoryLayout<Message>.stride
    self.fields = (0...(fields.keys.max() ?? 0)).map { fields[$0] }
  }

  subscript(number: UInt64) -> Field? { number < UInt64(fields.count) ? fields[Int(number)] : nil }
}

// MARK: - From a location

extension MessageShape {
  private typealias Response = Sluice_Location_V1_SessionResponse
  private typealias Report = Sluice_Location_V1_StepReport

  package static let sessionResponse = MessageShape(
    "session response", of: Response.self, [2: .one { opened }, 3: .one { events }, 4: .one { heartbeat }])
  package static let describeResponse = MessageShape(
    "describe response", of: Sluice_Location_V1_DescribeResponse.self, [1: .one { header }])
  package static let previewResponse = MessageShape(
    "preview response", of: Sluice_Location_V1_PreviewResponse.self, [2: .many { row }])

  private static let header = MessageShape("header", of: Sluice_Location_V1_DescribeResponse.Header.self)
  private static let opened = MessageShape("opened", of: Response.Opened.self)
  private static let heartbeat = MessageShape("heartbeat", of: Response.Heartbeat.self)
  private static let events = MessageShape(
    "events", of: Response.Events.self, [2: .upTo(WireLimits.eventsPerMessage, "eventsPerMessage") { event }])

  private static let event = MessageShape(
    "event", of: Sluice_Location_V1_Event.self,
    [1: .one { report }, 2: .one { settled }, 3: .one { draining }, 4: .one { status }])
  private static let settled = MessageShape("settled", of: Sluice_Location_V1_Event.Settled.self, [1: .one { versionID }])
  private static let draining = MessageShape("draining", of: Sluice_Location_V1_Event.Draining.self)
  private static let status = MessageShape(
    "status", of: Sluice_Location_V1_Event.Status.self, [1: .many { knownAttempt }, 2: .many { versionID }])
  private static let knownAttempt = MessageShape(
    "attempt", of: Sluice_Location_V1_KnownAttempt.self, [1: .one { attemptID }, 2: .many { report }])

  private static let report = MessageShape(
    "report", of: Report.self,
    [
      1: .one { attemptID }, 2: .one { started }, 3: .one { logged }, 4: .one { staged }, 5: .one { checked },
      6: .one { finished },
    ])
  private static let started = MessageShape("started", of: Report.Started.self)
  private static let logged = MessageShape("logged", of: Report.Logged.self, [1: .many { line }])
  private static let line = MessageShape("line", of: Sluice_Location_V1_LogLine.self)
  private static let staged = MessageShape("staged", of: Report.Staged.self, [1: .many { stagedOutput }])
  private static let checked = MessageShape("checked", of: Report.Checked.self, [2: .many { evaluation }])
  private static let finished = MessageShape(
    "finished", of: Report.Finished.self, [1: .one { completed }, 2: .one { failure }, 3: .one { cancelled }])
  private static let completed = MessageShape("completed", of: Report.Completed.self)
  private static let failure = MessageShape("failure", of: Report.Failure.self)
  private static let cancelled = MessageShape("cancelled", of: Report.Cancelled.self)
  private static let stagedOutput = MessageShape(
    "output", of: Sluice_Location_V1_StagedOutput.self, [2: .one { locator }, 3: .map { metadataValue }])
  private static let evaluation = MessageShape(
    "evaluation", of: Sluice_Location_V1_CheckEvaluation.self, [1: .one { checkID }, 5: .map { metadataValue }])
}

// MARK: - Values

extension MessageShape {
  private typealias Metadata = Sluice_Location_V1_MetadataValue

  private static let attemptID = MessageShape("attempt", of: Sluice_Location_V1_AttemptId.self)
  private static let versionID = MessageShape("version", of: Sluice_Location_V1_VersionId.self)
  private static let checkID = MessageShape("check", of: Sluice_Location_V1_CheckId.self)
  private static let locator = MessageShape("locator", of: Sluice_Location_V1_Locator.self)
  private static let row = MessageShape("row", of: Metadata.Row.self)
  private static let table = MessageShape("table", of: Metadata.Table.self, [2: .many { row }])
  private static let items: MessageShape = MessageShape("items", of: Metadata.Items.self, [1: .many { metadataValue }])
  private static let metadataValue: MessageShape = MessageShape(
    "metadata", of: Metadata.self, [8: .one { table }, 10: .one { items }])
}

// MARK: - Manifests

extension MessageShape {
  private typealias Space = Sluice_Location_V1_PartitionSpace

  package static let step = MessageShape(
    "step", of: Sluice_Location_V1_Step.self,
    [2: .one { space }, 3: .many { dependency }, 4: .many { asset }, 5: .one { retry }])
  package static let schedule = MessageShape("schedule", of: Sluice_Location_V1_Schedule.self)

  private static let dependency = MessageShape("dependency", of: Sluice_Location_V1_Dependency.self, [4: .one { space }])
  private static let asset = MessageShape(
    "asset", of: Sluice_Location_V1_Asset.self, [4: .map(nil), 8: .one { output }, 9: .many { check }])
  private static let output = MessageShape("output", of: Sluice_Location_V1_Output.self)
  private static let check = MessageShape("check", of: Sluice_Location_V1_Check.self, [5: .one { retry }])
  private static let retry = MessageShape("retry", of: Sluice_Location_V1_RetryPolicy.self)
  private static let space = MessageShape(
    "partitions", of: Space.self, [1: .one { single }, 2: .one { keys }, 3: .one { daily }, 4: .one { hourly }])
  private static let single = MessageShape("single", of: Space.Single.self)
  private static let keys = MessageShape("keys", of: Space.Keys.self)
  private static let daily = MessageShape("daily", of: Space.Daily.self)
  private static let hourly = MessageShape("hourly", of: Space.Hourly.self)
}
