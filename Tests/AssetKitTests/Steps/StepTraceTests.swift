// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetTestKit
import Foundation
import Logging
import Testing

@Suite struct `A step's trace` {
  private static let launch = TraceContext(
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "vendor=1")

  private func run(_ trace: StepTrace?) async throws -> Reports {
    let location = try load {
      Asset("weather/traced") { step in
        step.log.info("closure \(step.trace?.traceparent ?? "none")")
        return [step.trace?.traceparent ?? "none", step.trace?.tracestate ?? "none"]
      }
      .check("same") { _, step in
        step.log.info("check \(step.trace?.traceparent ?? "none")")
        return .pass
      }
    }
    let output = GrantedOutput(
      version: try version(1, of: "weather/traced", partition: .only), checks: [CheckIdentity(name: "same")])
    let reports = Reports()
    let grant = Grant(
      attempt: attempt, epoch: 1, manifest: ManifestDigest("sha256:0"), step: "weather/traced", partition: .only,
      work: .materialize(inputs: [], outputs: [output]), deadline: Timestamp(Date()) + .seconds(600), trace: trace)
    await location.runner.run(grant, reportingTo: reports)
    return reports
  }

  @Test func `is the grant's, in the closure and in its checks`() async throws {
    let trace = StepTrace(of: attempt, in: try #require(Self.launch))
    let reports = try await run(trace)
    #expect(reports.end == .completed)
    #expect(reports.lines == ["closure \(trace.traceparent)", "check \(trace.traceparent)"])
  }

  @Test func `is none where the run has none`() async throws {
    let reports = try await run(nil)
    #expect(reports.end == .completed)
    #expect(reports.lines == ["closure none", "check none"])
  }

  @Test func `is given by a test, and is in what the step's logger says`() async throws {
    let asset = Asset("weather/logged", partitions: .keys("a")) { step in
      let logger = step.logger
      return ["run", "step", "attempt", "partition", "trace_id", "span_id"].map { logger[metadataKey: $0]?.description ?? "none" }
    }
    let made = try await materialize(asset, partition: "a", trace: Self.launch)
    #expect(made.value.count == 6)
    #expect(made.value[0...4] == ["1", "0", "00000000.1.0.1", "a", "4bf92f3577b34da6a3ce929d0e0e4736"])
    #expect(SpanID(made.value[5]) != nil && made.value[5] != "00f067aa0ba902b7")
    let untraced = try await materialize(asset, partition: "a")
    #expect(untraced.value[4...] == ["none", "none"])
  }
}
