// SPDX-License-Identifier: Apache-2.0

import AssetModel
import GRPCCore
import LocationWire
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
    return try await client.preview(request, metadata: proof, options: options) { response in
      var columns: [String] = []
      var rows: [[String]] = []
      var truncated = false
      for try await part in response.messages {
        if !part.columns.isEmpty { columns = part.columns }
        rows += part.rows.map(\.cells)
        truncated = part.truncated
        guard rows.count <= WireLimits.previewRows else { break }
      }
      return PreviewRows(columns: columns, rows: rows, truncated: truncated)
    }
  }
}
