// SPDX-License-Identifier: Apache-2.0

import Foundation
import FuzzTargets
import Testing

/// Every input that a fuzzer once found, or begins from, keeps the properties of its target. One that does not ends the process, and
/// says which property. One after the other: a target has its folder to itself, as in a fuzzer of its own.
@Suite("Inputs that were found", .serialized)
struct CorpusTests {
  private static let corpus = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fuzzing/Corpus")

  private static func inputs(of target: String) throws -> [URL] {
    let folder = corpus.appending(path: target)
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
  }

  /// Feeds a target on a thread of its own: some wait for what is asynchronous, as the fuzzer's `main` does, and a thread of the
  /// shared pool must not wait.
  private static func feed(_ inputs: [[UInt8]], to target: FuzzTarget) async {
    await withCheckedContinuation { done in
      Thread.detachNewThread {
        for input in inputs { target.body(input) }
        done.resume()
      }
    }
  }

  @Test(arguments: FuzzTarget.all.map(\.name))
  func `the corpus of a target keeps its properties`(name: String) async throws {
    let target = try #require(FuzzTarget.named(name))
    let found = try Self.inputs(of: name).map { [UInt8](try Data(contentsOf: $0)) }
    let small = [[]] + (UInt8.min...UInt8.max).map { [$0] }
    await Self.feed(found + small, to: target)
  }

  @Test func `what a fuzzer begins from keeps the properties, and is for targets that there are`() async throws {
    let seeds = try await FuzzSeeds.all()
    #expect(seeds.count > 5)
    for (name, inputs) in seeds {
      let target = try #require(FuzzTarget.named(name), "\(name)")
      #expect(!inputs.isEmpty, "\(name)")
      await Self.feed(inputs, to: target)
    }
  }

  @Test func `every folder of the corpus belongs to a target`() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
    #expect(folders.filter { FuzzTarget.named($0) == nil } == [])
    #expect(folders.count > 10)
  }
}
