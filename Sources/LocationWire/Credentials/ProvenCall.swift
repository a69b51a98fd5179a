// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

/// A call that needs a proof, with what the proof covers of it.
package enum ProvenCall: Sendable {
  case describe
  /// The incarnation and the epoch of `open`.
  case session(Incarnation, Epoch)
  case preview(Sluice_Location_V1_PreviewRequest)

  /// The name of the method.
  package var method: String {
    switch self {
    case .describe: "Describe"
    case .session: "Session"
    case .preview: "Preview"
    }
  }

  func append(to parts: inout ProofParts) {
    parts.append(method)
    switch self {
    case .describe: break
    case .session(let incarnation, let epoch):
      parts.append(UInt64(incarnation.value))
      parts.append(epoch)
    case .preview(let request):
      let (version, locator) = (request.version.version, request.version.locator)
      parts.append(UInt64(version.incarnation))
      parts.append(version.asset)
      parts.append(version.partition)
      parts.append(UInt64(version.number))
      parts.append(locator.scheme)
      parts.append(locator.uri)
      parts.append(locator.format)
      if locator.hasSize { parts.append(UInt64(bitPattern: locator.size)) } else { parts.append([UInt8]()) }
      parts.append(locator.contentHash)
      parts.append(UInt64(request.limit))
    }
  }
}
