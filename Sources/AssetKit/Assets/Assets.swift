// SPDX-License-Identifier: Apache-2.0

/// Several assets that one closure yields together; each has its own checks and gate.
///
/// ```swift
/// static let planes = Output<[Plane]>("fleet/planes").check("tail numbers are unique") { … }
/// static let airports = Output<[Airport]>("fleet/airports")
/// static let registry = Assets("fleet/registry", yielding: planes, airports) { step in (try readPlanes(), try readAirports()) }
/// ```
public struct Assets: StepDefining {
  public var settings: StepSettings

  /// Defines a step without dependencies; the closure returns one value an output, in order.
  ///
  /// - Parameters:
  ///   - name: the step's, unique within the location; not an asset's key.
  ///   - partitions: of all the outputs; none unless said otherwise.
  public init<each Value: Codable & Sendable>(
    _ name: String, partitions: Partitions = .inherited, yielding outputs: repeat Output<each Value>, file: String = #filePath,
    line: Int = #line, column: Int = #column, compute: @escaping @Sendable (Step) async throws -> (repeat each Value)
  ) {
    var attributes: [AssetAttributes] = []
    repeat attributes.append((each outputs).attributes)
    settings = StepSettings(
      step: StepDeclaration(
        name: name, source: SourcePlace(file: file, line: line, column: column), partitions: partitions, readings: [],
        outputs: attributes
      ) { _, step in
        let values = try await compute(step)
        var erased: [any Codable & Sendable] = []
        repeat erased.append(each values)
        return erased
      })
  }

  /// Defines a step that reads assets: the closure takes one value a dependency, then the step, and returns one value an output.
  ///
  /// - Parameters:
  ///   - name: the step's, unique within the location; not an asset's key.
  ///   - partitions: those of the first partitioned dependency that is read partition by partition, unless said otherwise.
  public init<each Value: Codable & Sendable, each D: Dependency>(
    _ name: String, partitions: Partitions = .inherited, yielding outputs: repeat Output<each Value>,
    from dependencies: repeat each D, file: String = #filePath, line: Int = #line, column: Int = #column,
    compute: @escaping @Sendable (repeat (each D).Input, Step) async throws -> (repeat each Value)
  ) {
    var attributes: [AssetAttributes] = []
    repeat attributes.append((each outputs).attributes)
    let readings = (repeat (each dependencies).reading)
    var erased: [ErasedReading] = []
    repeat erased.append((each readings).erased)
    settings = StepSettings(
      step: StepDeclaration(
        name: name, source: SourcePlace(file: file, line: line, column: column), partitions: partitions, readings: erased,
        outputs: attributes
      ) { bound, step in
        var bound = bound
        let inputs = (repeat try bound.next(each readings))
        let values = try await prepared(compute, (repeat each inputs, step))()
        var erased: [any Codable & Sendable] = []
        repeat erased.append(each values)
        return erased
      })
  }

  public func define(in definitions: inout Definitions) { definitions.steps.append(settings.step) }
}
