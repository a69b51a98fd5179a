// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI
import Foundation
import Workspace

struct ValidateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Checks the workspace file and the manifests of its locations, for a team's CI.",
    discussion: """
      Each location that names an executable is asked with 'describe --json'; no server and no daemon is needed. For the \
      others a running daemon is asked what it refused. Exits with 0 where nothing is wrong, else with 1.
      """)
  @Option(help: "The workspace file.") var workspace = DaemonDefaults.workspace
  @Option(help: "Only this location's manifest; it may be given several times.") var location: [String] = []
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    var report = ValidationReport()
    do throws(WorkspaceError) {
      let file = try WorkspaceFile.read(workspace)
      await examine(file, &report)
    } catch {
      report.problems = error.problems.map { problem in
        ManifestReview.Finding(
          location: "", definition: "\(workspace):\(problem.line):\(problem.column)",
          message: "\(problem.message)\n  mend: \(problem.mend)")
      }
    }
    try connection.print(report) { $0.text($1) }
    if !report.valid { throw Exit(status: .failure) }
  }

  private func examine(_ file: WorkspaceFile, _ report: inout ValidationReport) async {
    let names = file.locations.map(\.name.description)
    for name in location where !names.contains(name) {
      let meant = Spelling.closest(to: name, among: names).map { ": did you mean '\($0)'?" } ?? ""
      report.problems.append(.init(location: name, definition: "", message: "\(workspace) has no such location\(meant)"))
    }
    var manifests: [LocationName: Manifest] = [:]
    for entry in file.locations {
      guard let executable = entry.executable else {
        report.unchecked.append(entry.name.description)
        continue
      }
      if let problem = Self.unreachable(entry.address) {
        report.problems.append(.init(location: entry.name.description, definition: "", message: problem))
      }
      do {
        manifests[entry.name] = try await ManifestReader(file: file).manifest(of: entry, executable: executable)
      } catch {
        report.problems.append(.init(location: entry.name.description, definition: "", message: "\(error)"))
      }
    }
    report.problems += ManifestReview(workspace: file, manifests: manifests).findings()
    for (name, manifest) in manifests { report.checked[name.description] = manifest.steps.reduce(0) { $0 + $1.outputs.count } }
    await askDaemon(&report)
    if !location.isEmpty {
      report.problems.removeAll { !location.contains($0.location) }
      report.checked = report.checked.filter { location.contains($0.key) }
      report.unchecked.removeAll { !location.contains($0) }
    }
    report.problems.sort()
  }

  /// Its executable is to listen there, so that the name leads to this machine.
  static func unreachable(_ address: LocationAddress) -> String? {
    guard case .tcp(let host, _) = address, !HostRules.resolves(host) else { return nil }
    return
      "its host '\(host)' leads to no address here\n  mend: write an address of this machine, such as 127.0.0.1, or no 'executable'"
  }

  /// A location without an executable here may be known to a daemon.
  private func askDaemon(_ report: inout ValidationReport) async {
    guard !report.unchecked.isEmpty, let known = try? await connection.client.locations() else { return }
    for summary in known where report.unchecked.contains(summary.name) && summary.manifest != nil {
      report.unchecked.removeAll { $0 == summary.name }
      report.checked[summary.name] = summary.assets
      report.problems += summary.problems.map { .init(location: summary.name, definition: "", message: $0) }
    }
  }
}
