// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Synchronization

/// Named values that a step attaches to what it makes.
///
/// At most ``Limits/metadataEntries`` are kept, and texts are cut at ``Limits/metadataValueLength`` bytes.
public final class StepMetadata: Sendable {
  private let values = Mutex<[String?: Metadata]>([:])

  package init() {}

  /// A value shown with every asset that the step yields.
  public subscript(name: String) -> MetadataValue? {
    get { values.withLock { $0[nil]?[name] } }
    set { values.withLock { $0[nil, default: [:]][name] = newValue } }
  }

  /// A value shown with one of the assets that the step yields.
  public subscript(name: String, of asset: some AssetDefining) -> MetadataValue? {
    get { values.withLock { $0[asset.attributes.key]?[name] } }
    set { values.withLock { $0[asset.attributes.key, default: [:]][name] = newValue } }
  }

  /// Everything said about one asset.
  package func all(of key: String) -> Metadata {
    values.withLock { values in (values[nil] ?? [:]).merging(values[key] ?? [:]) { $1 } }
  }
}
