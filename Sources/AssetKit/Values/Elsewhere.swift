// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// The value of an asset whose data the closure itself has put somewhere, such as a table or a bucket.
///
/// Nothing but this record is kept, in the version's locator, unless the asset is ``AssetDefining/stored(by:)`` something else; its
/// metadata shows with the version, and readers can learn the address from it.
public struct Elsewhere: Hashable, Codable, Sendable {
  /// Where the data is, such as `postgres://reports/daily?day=2013-11-03`; for the readers to understand.
  public let address: String?
  public let metadata: Metadata

  public init(at address: String? = nil, metadata: Metadata = [:]) {
    self.address = address
    self.metadata = metadata
  }
}
