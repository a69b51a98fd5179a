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

  /// What `--json` answers.
  struct Report: Codable {
    var valid: Bool { problems.isEmpty }
    var problems: [ManifestReview.Finding] = []
    /// Locations whose manifests were looked at, with the number of their assets.
    var checked: [String: Int] = [:]
    /// Locations that nobody could be asked about.
    var unchecked: [String] = []

    private enum CodingKeys: CodingKey { case valid, problems, checked, unchecked }

    init() {}

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      problems = try fields.decode([ManifestReview.Finding].self, forKey: .problems)
      checked = try fields.decode([String: Int].self, forKey: .checked)
      unchecked = try fields.decode([String].self, forKey: .unchecked)
    }

    func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(valid, forKey: .valid)
      try fields.encode(problems, forKey: .problems)
      try fields.encode(checked, forKey: .checked)
      try fields.encode(unchecked, forKey: .unchecked)
    }
  }

  func run() async throws {
    var report = Report()
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
    try connection.print(report) { Self.text($0, $1) }
    if !report.valid { throw Exit(status: .failure) }
  }

  private func examine(_ file: WorkspaceFile, _ report: inout Report) async {
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

  /// A location without an executable here may be known to a daemon.
  private func askDaemon(_ report: inout Report) async {
    guard !report.unchecked.isEmpty, let known = try? await connection.client.locations() else { return }
    for summary in known where report.unchecked.contains(summary.name) && summary.manifest != nil {
      report.unchecked.removeAll { $0 == summary.name }
      report.checked[summary.name] = summary.assets
      report.problems += summary.problems.map { .init(location: summary.name, definition: "", message: $0) }
    }
  }

  private static func text(_ report: Report, _ style: Style) -> String {
    var lines = report.problems.map { problem in
      let place = [problem.location, problem.definition].filter { !$0.isEmpty }.joined(separator: ": ")
      return "\(style(.bad, "✗")) \(style(.strong, place)): \(problem.message)"
    }
    lines += report.checked.sorted { $0.key < $1.key }.map { "\(style(.good, "✓")) \($0.key): \($0.value) assets" }
    lines += report.unchecked.map {
      "\(style(.warning, "?")) \($0): not checked, since it names no executable and no daemon knows it"
    }
    let count = report.problems.count
    lines.append(count == 0 ? style(.good, "valid") : style(.bad, "\(count) \(count == 1 ? "problem" : "problems")"))
    return lines.joined(separator: "\n")
  }
}
