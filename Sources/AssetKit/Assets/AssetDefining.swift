// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// An asset as its team defines it: an ``Asset``, or one ``Output`` of a step that yields several.
///
/// Every modifier returns a changed copy.
public protocol AssetDefining<Value>: Sendable {
  associatedtype Value: Codable & Sendable
  /// What has been said so far.
  var attributes: AssetAttributes { get set }
}

extension AssetDefining {
  /// Adds a check that runs on every version before anybody may read it.
  ///
  /// It gates unless `severity` is `.warn`; it takes the value as read back from storage.
  ///
  /// - Parameters:
  ///   - name: unique among the asset's checks.
  ///   - version: bump it to have versions that passed the old check evaluated anew.
  ///   - timeout: how long one evaluation may take.
  ///   - retry: how often an evaluation that throws or times out is repeated; a failed one never is.
  public func check(
    _ name: String, severity: CheckSeverity = .block, version: String? = nil, timeout: Duration = .seconds(600),
    retry: RetryPolicy = .none, description: String? = nil, file: String = #filePath, line: Int = #line, column: Int = #column,
    body: @escaping @Sendable (Value, Step) async throws -> CheckResult
  ) -> Self {
    let spec = CheckSpec(
      name: name, version: version, severity: severity, description: description, retry: retry, timeout: timeout)
    let place = SourcePlace(file: file, line: line, column: column)
    return changed { $0.checks.append(CheckDeclaration(spec: spec, source: place, body: body)) }
  }

  /// Lets other locations read the asset; without this nobody else may.
  public func shared(with locations: String...) -> Self { changed { $0.sharedWith += locations } }

  /// What the asset is, for people.
  public func description(_ text: String) -> Self { changed { $0.description = text } }

  /// Puts the asset into a group that selections can name.
  public func group(_ name: String) -> Self { changed { $0.group = name } }

  /// Adds tags; a later value for a name wins.
  public func tags(_ tags: [String: String]) -> Self { changed { $0.tags.merge(tags) { $1 } } }

  /// Adds kinds such as `csv` or `report`.
  public func kinds(_ kinds: String...) -> Self { changed { $0.kinds += kinds } }

  /// Adds the people or teams to ask.
  public func owners(_ owners: String...) -> Self { changed { $0.owners += owners } }

  /// Chooses where versions are stored, instead of the location's default storage.
  public func stored(by manager: some IOManager) -> Self { changed { $0.storage = manager } }

  private func changed(_ change: (inout AssetAttributes) -> Void) -> Self {
    var copy = self
    change(&copy.attributes)
    return copy
  }
}
