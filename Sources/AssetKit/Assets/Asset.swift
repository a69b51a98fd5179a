// SPDX-License-Identifier: Apache-2.0

/// An asset: a key, the closure that makes its versions, partition by partition, and the checks that guard them.
///
/// ```swift
/// static let daily = Asset("weather/daily", partitions: days, from: hourly) { readings, step in summarize(readings) }
///   .check("never empty") { rows, _ in rows.isEmpty ? .fail("no rows") : .pass }
///   .shared(with: "insights")
/// ```
/// Use ``Assets`` where one closure yields several assets, and ``Elsewhere`` as the value where the closure writes the data
/// itself.
public struct Asset<Value: Codable & Sendable>: AssetDefining, StepDefining, Dependency {
  public var attributes: AssetAttributes
  public var settings: StepSettings

  /// Defines an asset that reads no other.
  ///
  /// - Parameters:
  ///   - key: segments joined by `/`, such as `weather/hourly`.
  ///   - partitions: none unless said otherwise.
  public init(
    _ key: String, partitions: Partitions = .inherited, file: String = #filePath, line: Int = #line, column: Int = #column,
    compute: @escaping @Sendable (Step) async throws -> Value
  ) {
    let source = SourcePlace(file: file, line: line, column: column)
    attributes = AssetAttributes(key: key, value: Value.self, source: source)
    settings = StepSettings(
      step: StepDeclaration(name: key, source: source, partitions: partitions, readings: [], outputs: []) { _, step in
        [try await compute(step)]
      })
  }

  /// Defines an asset that reads others: the closure takes one value a dependency, in this order, then the step.
  ///
  /// - Parameters:
  ///   - key: segments joined by `/`, such as `weather/daily`.
  ///   - partitions: those of the first partitioned dependency that is read partition by partition, unless said otherwise.
  ///   - dependencies: assets of this location, ``Upstream``s of others, or `.all` and `.lastKnownGood` of either.
  public init<each D: Dependency>(
    _ key: String, partitions: Partitions = .inherited, from dependencies: repeat each D, file: String = #filePath,
    line: Int = #line, column: Int = #column, compute: @escaping @Sendable (repeat (each D).Input, Step) async throws -> Value
  ) {
    let source = SourcePlace(file: file, line: line, column: column)
    let readings = (repeat (each dependencies).reading)
    var erased: [ErasedReading] = []
    repeat erased.append((each readings).erased)
    attributes = AssetAttributes(key: key, value: Value.self, source: source)
    settings = StepSettings(
      step: StepDeclaration(name: key, source: source, partitions: partitions, readings: erased, outputs: []) { bound, step in
        var bound = bound
        let inputs = (repeat try bound.next(each readings))
        return [try await prepared(compute, (repeat each inputs, step))()]
      })
  }

  public var reading: DependencyReading<Value> { .one(key: attributes.key, partitions: .ofDefinition(hint: settings.step.hint)) }

  public func define(in definitions: inout Definitions) { definitions.steps.append(declaration) }

  package var declaration: StepDeclaration {
    var step = settings.step
    step.outputs = [attributes]
    return step
  }
}
