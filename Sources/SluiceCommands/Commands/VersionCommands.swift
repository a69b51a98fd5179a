// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI

struct PartitionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "partitions", abstract: "Lists an asset's partitions: state, gate, newest and current version.")
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The asset's key.") var key: String
  @Option(help: "Only those that are promoted, rejected, running, failed, blocked or missing.") var state: PartitionState?
  @Option(help: "How many, at most \(APILimits.pageItems).") var limit = APILimits.defaultPageItems
  @Option(help: "How many to leave out before the first.") var offset = 0
  @Flag(help: "The last ones instead of the first.") var last = false

  func validate() throws {
    guard (1...APILimits.pageItems).contains(limit) else {
      throw ValidationError("--limit is a number from 1 to \(APILimits.pageItems)")
    }
    guard offset >= 0 else { throw ValidationError("--offset is 0 or more") }
    guard !last || offset == 0 else { throw ValidationError("--last and --offset exclude each other") }
  }

  func run() async throws {
    let start = last ? max(0, try await page(from: 0, limit: 1).total - limit) : offset
    try connection.print(try await page(from: start, limit: limit)) {
      VersionRendering.partitions($0, asset: key, style: $1)
    }
  }

  private func page(from offset: Int, limit: Int) async throws -> Page<PartitionSummary> {
    try await connection.client.partitions(of: key, offset: offset, limit: limit, state: state)
  }
}

extension PartitionState: ExpressibleByArgument {}

struct VersionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "versions", abstract: "Lists the versions of a partition, newest first, and what each was made from.")
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The asset's key.") var key: String
  @Option(help: "The partition, where the asset has several; 'latest' is the last that was promoted.") var partition: String?
  @Option(help: "How many, at most \(APILimits.pageItems).") var limit = 20

  func validate() throws {
    guard (1...APILimits.pageItems).contains(limit) else {
      throw ValidationError("--limit is a number from 1 to \(APILimits.pageItems)")
    }
  }

  func run() async throws {
    let versions = try await connection.client.versions(of: key, partition: partition, limit: limit)
    try connection.print(Listing(versions)) { VersionRendering.versions($0.items, asset: key, style: $1) }
  }
}

struct PreviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview", abstract: "Shows some rows of the version that consumers read, or of another.")
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The asset's key.") var key: String
  @Option(help: "The partition, where the asset has several; 'latest' is the last that was promoted.") var partition: String?
  @Option(help: "The number of a version, promoted or rejected; 'sluice versions' lists them.") var version: UInt32?
  @Option(help: "How many rows, at most \(APILimits.previewRows).") var limit = 20
  @Flag(help: "Show long cells whole.") var wide = false

  func validate() throws {
    guard (1...APILimits.previewRows).contains(limit) else {
      throw ValidationError("--limit is a number from 1 to \(APILimits.previewRows)")
    }
  }

  func run() async throws {
    let report = try await connection.client.preview(key, partition: partition, version: version, limit: limit)
    try connection.print(report) { VersionRendering.preview($0, isWide: wide, style: $1) }
  }
}
