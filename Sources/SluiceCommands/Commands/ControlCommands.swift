// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI

struct LocationsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "locations", abstract: "Lists the code locations and how the daemon stands with each.")
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    try connection.print(Listing(try await connection.client.locations())) { ListRendering.locations($0.items, style: $1) }
  }
}

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Tells how the daemon fares, and what is wrong where something is.",
    discussion: "Exits with 1 where something is wrong: the store is away, or an edit of the workspace is not in force.")
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let status = try await connection.client.status()
    try connection.print(status) { ListRendering.status($0, style: $1) }
    if !status.problems.isEmpty { throw Exit(status: .failure) }
  }
}

struct ReloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload", abstract: "Has the daemon read its workspace file again.",
    discussion: "A file with problems changes nothing: they are listed, and the running workspace stays in force.")
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    try connection.print(try await connection.client.reload()) { result, _ in ListRendering.reload(result) }
  }
}

struct SchedulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedules", abstract: "Lists schedules, pauses and resumes them.",
    subcommands: [List.self, Pause.self, Resume.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the schedules with their last and next tick.")
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      try connection.print(Listing(try await connection.client.schedules())) { ListRendering.schedules($0.items, style: $1) }
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Pauses a schedule: no tick launches anything.")
    @OptionGroup var change: Change
    func run() async throws { try await change.set(paused: true) }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Resumes a paused schedule.")
    @OptionGroup var change: Change
    func run() async throws { try await change.set(paused: false) }
  }

  struct Change: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The schedule, as LOCATION/NAME.") var schedule: String

    func validate() throws { _ = try parts() }

    func set(paused: Bool) async throws {
      let (location, name) = try parts()
      let result = try await connection.client.setSchedule(location: location, name: name, paused: paused)
      try connection.print(result) { schedule, _ in
        "\(schedule.location)/\(schedule.name) \(schedule.paused ? "paused" : "resumed")"
      }
    }

    private func parts() throws -> (location: String, name: String) {
      guard let slash = schedule.firstIndex(of: "/") else {
        throw ValidationError("'\(schedule)' is no schedule: write LOCATION/NAME, as 'sluice schedules' lists them")
      }
      return (String(schedule[..<slash]), String(schedule[schedule.index(after: slash)...]))
    }
  }
}
