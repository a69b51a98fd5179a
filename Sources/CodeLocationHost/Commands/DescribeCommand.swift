// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetKit
import AssetModel
import Foundation
import LocationWire

/// Prints what a location defines.
struct DescribeCommand<Location: CodeLocation>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "describe", abstract: "Prints what the location defines.")
  }

  @Flag(help: "Print the manifest as JSON.") var json = false

  func run() async throws {
    let document = try load(Location.self).document
    Output.line(try json ? Self.json(document) : ManifestSummary(document).text)
  }

  /// `{"digest": …, "manifest": …}`, keys sorted.
  static func json(_ document: ManifestDocument) throws -> Shown {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(Description(digest: document.digest, manifest: document.manifest))
    return Shown(json: String(decoding: data, as: UTF8.self))
  }
}

/// What `describe --json` prints.
private struct Description: Encodable {
  let digest: ManifestDigest
  let manifest: Manifest
}

/// Checks a location's definitions, and says all that is wrong with them.
struct ValidateCommand<Location: CodeLocation>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "validate", abstract: "Checks the location's definitions; exits with 1 where something is wrong.")
  }

  func run() async throws {
    let document = try load(Location.self).document
    Output.line("\(Location.name) is valid: \(ManifestSummary(document).counts)")
  }
}

/// Loads a location, or ends the process with every mistake in its definitions.
///
/// - Parameter failure: What the process ends with then.
/// - Throws: that `ExitCode`.
func load<Location: CodeLocation>(
  _ type: Location.Type, executor: (any TaskExecutor)? = nil, failure: ExitCode = .failure
) throws -> (location: LoadedLocation, document: ManifestDocument) {
  let location: LoadedLocation
  do throws(DefinitionErrors) { location = try LoadedLocation(type, executor: executor) } catch {
    Output.error("\(Location.name): \(error)")
    throw failure
  }
  do throws(WireError) { return (location, try ManifestDocument(location.manifest)) } catch {
    Output.error("\(Location.name): the manifest is over a limit: \(error)")
    throw failure
  }
}

/// What a manifest defines, for people.
struct ManifestSummary {
  let document: ManifestDocument

  init(_ document: ManifestDocument) { self.document = document }

  var counts: Shown {
    let assets = document.manifest.steps.flatMap(\.outputs)
    let checks = assets.flatMap(\.checks).count
    let schedules = document.manifest.schedules.count
    return "\(Self.count(assets.count, "asset")), \(Self.count(checks, "check")), \(Self.count(schedules, "schedule"))"
  }

  var text: Shown {
    let manifest = document.manifest
    var lines: [Shown] = [
      "\(manifest.location) \(manifest.version ?? "(unversioned)"): \(counts)", "manifest \(document.digest)",
    ]
    for step in manifest.steps {
      for asset in step.outputs {
        lines.append("  \(asset.key)\(asset.description.map { ": \($0)" } ?? "")")
        if !step.dependencies.isEmpty {
          lines.append("    reads \(step.dependencies.map(\.upstream.description).joined(separator: ", "))")
        }
        for check in asset.checks { lines.append("    \(check.severity == .warn ? "warns" : "checks"): \(check.name)") }
      }
    }
    for schedule in manifest.schedules {
      lines.append("  schedule \(schedule.name): \(schedule.cron) (\(schedule.zone)), \(schedule.selection)")
    }
    return lines.joined(separator: "\n")
  }

  private static func count(_ number: Int, _ noun: Shown) -> Shown { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
