// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import SluiceCommands
import Testing

@Suite("Exit codes")
struct ExitStatusTests {
  @Test func `A run's end decides the code`() {
    let codes = RunState.allCases.map { "\($0.rawValue) \(ExitStatus($0).rawValue)" }
    #expect(codes == ["running 0", "succeeded 0", "failed 1", "cancelled 5", "blocked 4"])
  }

  @Test func `An unreachable daemon is told from a refusal`() {
    #expect(ExitStatus(DaemonUnreachable(url: "u", cause: "c")) == .unreachable)
    #expect(ExitStatus(APIError(.notFound, "no such asset")) == .failure)
  }

  @Test func `A malformed command line exits with 64, help with 0`() async {
    #expect(await SluiceCommand.execute(["nonsense"]) == ExitStatus.usage.rawValue)
    #expect(await SluiceCommand.execute(["materialise", "a/b"]) == ExitStatus.usage.rawValue)
    #expect(await SluiceCommand.execute(["preview", "a/b", "--limit", "0"]) == ExitStatus.usage.rawValue)
    #expect(await SluiceCommand.execute(["schedules", "pause", "nightly"]) == ExitStatus.usage.rawValue)
    #expect(await SluiceCommand.execute(["--version"]) == ExitStatus.ok.rawValue)
  }

  @Test func `A daemon that does not answer exits with 3`() async {
    #expect(await SluiceCommand.execute(["assets", "--url", "http://127.0.0.1:1"]) == ExitStatus.unreachable.rawValue)
  }
}
