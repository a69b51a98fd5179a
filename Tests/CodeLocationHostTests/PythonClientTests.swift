// SPDX-License-Identifier: Apache-2.0

import Foundation
import Subprocess
import Testing

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A stock gRPC client in Python drives a real location: `Tests/Python/test_location.py` has the tests one by one.
@Suite struct PythonClientTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  /// Executables lie beside the test bundle.
  private static let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

  @Test(.timeLimit(.minutes(10))) func `a stock Python client describes, grants, cancels, breaks, resumes and drains`()
    async throws
  {
    let environment = try await run(
      .path(FilePath(Self.root.appending(path: "scripts/python-env.sh").path())), output: .string(limit: 1 << 16),
      error: .string(limit: 1 << 20))
    try #require(environment.terminationStatus.isSuccess, "\(environment.standardError)")
    let python = environment.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)

    let location = Self.products.appending(path: "FixtureLocation").path()
    try #require(FileManager.default.isExecutableFile(atPath: location), "\(location) is not built")
    let tests = try await run(
      .path(FilePath(python)),
      arguments: [Self.root.appending(path: "Tests/Python/test_location.py").path(), location],
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    #expect(tests.terminationStatus.isSuccess, "\(tests.standardError)")
  }
}
