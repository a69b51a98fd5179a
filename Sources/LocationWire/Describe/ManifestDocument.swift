// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Crypto
package import Foundation
import SwiftProtobuf

/// A manifest with the bytes that it travels as, and their digest.
///
/// The bytes are the deterministic encoding that one build of a location makes; a receiver never encodes a manifest again, it
/// verifies the digest over the bytes that it received. So a manifest of a newer location keeps its digest here.
package struct ManifestDocument: Sendable {
  package let manifest: Manifest
  package let bytes: Data
  package let digest: ManifestDigest

  /// Encodes a manifest, within the limits that its receiver will hold it to.
  ///
  /// - Throws: ``WireError`` where the manifest is over a limit, naming the field.
  package init(_ manifest: Manifest) throws(WireError) {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    let wire = manifest.wire
    do { bytes = try wire.serializedBytes(options: options) } catch { throw WireError(.malformed, "\(error)") }
    try checkLimit("manifest", bytes.count, Limits.manifestBytes, named: "manifestBytes")
    self.manifest = try ManifestReader.read(bytes)
    digest = Self.digest(of: bytes)
  }

  /// Decodes what a location sent.
  ///
  /// - Throws: ``WireError`` where the bytes are not those that the digest names, are no manifest, or are over a limit.
  package init(bytes: Data, digest: ManifestDigest) throws(WireError) {
    try checkLimit("manifest", bytes.count, Limits.manifestBytes, named: "manifestBytes")
    let actual = Self.digest(of: bytes)
    guard actual == digest else {
      throw WireError(.malformed, "the manifest's bytes have the digest \(actual), not \(digest) as announced")
    }
    manifest = try ManifestReader.read(bytes)
    self.bytes = bytes
    self.digest = digest
  }

  package static func digest(of bytes: Data) -> ManifestDigest {
    ManifestDigest("sha256:" + SHA256.hash(data: bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined())
  }
}

extension ManifestDocument {
  /// What `Describe` answers, message by message.
  package func responses(instance: String) -> some Sequence<Sluice_Location_V1_DescribeResponse> {
    let header = Sluice_Location_V1_DescribeResponse.with {
      $0.header.instance = instance
      $0.header.digest = digest.wire
      $0.header.size = UInt64(bytes.count)
    }
    let chunks = stride(from: 0, to: bytes.count, by: WireLimits.chunkBytes).lazy.map { start in
      Sluice_Location_V1_DescribeResponse.with {
        $0.chunk = bytes[start..<min(start + WireLimits.chunkBytes, bytes.count)]
      }
    }
    return [header] + chunks
  }
}

/// Puts together what `Describe` answers.
package struct ManifestAssembly: Sendable {
  private var header: Sluice_Location_V1_DescribeResponse.Header?
  private var bytes = Data()
  private var messages = 0

  package init() {}

  /// Takes the next message.
  ///
  /// - Throws: ``WireError`` where it comes out of turn, the manifest grows past its limit or its announced size, or there is no end of
  ///   messages.
  package mutating func append(_ response: Sluice_Location_V1_DescribeResponse) throws(WireError) {
    messages += 1
    try checkLimit("describe", messages, WireLimits.describeMessages, named: "describeMessages")
    switch response.part {
    case .header(let next):
      guard header == nil else { throw WireError(.outOfOrder, field: "header", "comes twice") }
      guard next.size <= UInt64(Limits.manifestBytes) else {
        throw WireError(
          .overLimit, field: "header.size", "\(next.size) is over the limit of \(Limits.manifestBytes) (manifestBytes)")
      }
      header = next
    case .chunk(let chunk):
      guard let header else { throw WireError(.outOfOrder, field: "chunk", "comes before the header") }
      // The size is within its bound: the header was refused otherwise.
      guard bytes.count + chunk.count <= Int(header.size) else {
        throw WireError(.overLimit, field: "chunk", "the manifest is longer than the \(header.size) bytes announced")
      }
      bytes.append(chunk)
    case nil: break
    }
  }

  /// The whole, once the stream has ended.
  ///
  /// - Throws: ``WireError`` where it is incomplete, or as ``ManifestDocument/init(bytes:digest:)`` does.
  package func finish() throws(WireError) -> (document: ManifestDocument, instance: String) {
    guard let header else { throw WireError(.malformed, field: "header", "is absent") }
    // The size is within its bound: the header was refused otherwise.
    guard bytes.count == Int(header.size) else {
      throw WireError(.malformed, "the manifest ends after \(bytes.count) of \(header.size) bytes")
    }
    let digest: ManifestDigest = try read("header.digest", header.digest)
    return (try ManifestDocument(bytes: bytes, digest: digest), try readName("header.instance", header.instance))
  }
}
