// SPDX-License-Identifier: Apache-2.0

import AssetModel
import GRPCCore
import GRPCProtobuf
package import LocationWire
import SwiftProtobuf

extension LocationConnection {
  /// Some rows of a version, as the location shows them.
  ///
  /// - Throws: ``DaemonError`` where the location is not connected; `RPCError` as the location answers.
  func preview(_ version: PinnedVersion, limit: Int) async throws -> PreviewRows {
    guard let client else { throw DaemonError("location '\(endpoint.name)' is not connected: its data cannot be shown now") }
    var options = CallOptions.defaults
    options.timeout = ConnectionLimits.preview
    let request = Sluice_Location_V1_PreviewRequest.with {
      $0.version = version.wire
      $0.limit = UInt32(clamping: limit)
    }
    let proof = try await prove(.preview(request), to: client, with: secret)
    return try await client.preview(
      request: ClientRequest(message: request, metadata: proof), serializer: ProtobufSerializer(),
      deserializer: BoundedDeserializer(.previewResponse, limit: WireLimits.eventMessageBytes), options: options
    ) { response in
      var preview = PreviewAssembly()
      for try await part in response.messages where !preview.append(part) { break }
      return preview.rows
    }
  }
}

/// Puts a preview together within its bounds: what is beyond them is cut, and the preview says that it is not whole.
package struct PreviewAssembly {
  private var columns: [String] = []
  private var types: [String] = []
  private var cells: [[String]] = []
  private var bytes = 0
  private var isTruncated = false

  package init() {}

  package var rows: PreviewRows { PreviewRows(columns: columns, types: types, rows: cells, truncated: isTruncated) }

  /// - Returns: whether there is room for more.
  package mutating func append(_ part: Sluice_Location_V1_PreviewResponse) -> Bool {
    isTruncated = part.truncated
    if !part.columns.isEmpty { columns = part.columns.prefix(WireLimits.previewColumns).map { take($0) } }
    if !part.types.isEmpty { types = part.types.prefix(WireLimits.previewColumns).map { take($0) } }
    for row in part.rows {
      guard cells.count < WireLimits.previewRows, bytes < WireLimits.previewBytes else {
        isTruncated = true
        return false
      }
      cells.append(row.cells.prefix(WireLimits.previewColumns).map { take($0) })
      if row.cells.count > WireLimits.previewColumns { isTruncated = true }
    }
    return true
  }

  private mutating func take(_ cell: String) -> String {
    // As it came: what is cut away has been carried and decoded, too. In memory, so that it cannot overflow.
    bytes += cell.utf8.count + Self.cellBytes
    return cell.cut(toBytes: WireLimits.previewCellBytes).boundingMarks
  }

  /// What even an empty cell counts.
  private static let cellBytes = 16
}
