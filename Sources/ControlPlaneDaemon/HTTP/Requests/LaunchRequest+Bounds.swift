// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI

extension LaunchRequest {
  /// Bounds the texts of a launch, before anything is made of them.
  ///
  /// - Throws: ``APIError`` that names the field.
  func checkBounds() throws(APIError) {
    if let key = clientKey {
      guard !key.isEmpty, key.utf8.count <= APILimits.clientKeyLength else {
        throw APIError(.badRequest, "client_key has 1 to \(APILimits.clientKeyLength) bytes")
      }
      guard !key.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
        throw APIError(.badRequest, "client_key has no control characters")
      }
    }
    guard selection.utf8.count <= APILimits.selectionBytes else {
      throw APIError(
        .badRequest, "selection has more than \(APILimits.selectionBytes) bytes", mend: "name a group, or send several launches")
    }
    guard (partitions?.utf8.count ?? 0) <= APILimits.partitionsBytes else {
      throw APIError(.badRequest, "partitions has more than \(APILimits.partitionsBytes) bytes", mend: "name a range: a..b")
    }
  }
}
