// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ProcessTests {
  /// What a daemon does with the files that it may open.
  @Suite struct DescriptorTests {
    @Test func `the limit is raised to what the system allows, and said`() async throws {
      try await Site.with { site in
        let daemon = try site.daemon("d", shell: "ulimit -Sn 200; ulimit -Hn 900")
        try await daemon.becomes(.leading)
        let output = daemon.child.output
        #expect(output.contains("limit_before=200") && output.contains("limit=900"), "\(output)")
        try await daemon.child.end()
      }
    }

    @Test func `idle connections beyond the limit hinder neither probes nor a location that comes back`() async throws {
      try await Site.with { site in
        let daemon = try site.daemon("d", shell: "ulimit -n 512")
        try await daemon.becomes(.leading)
        try await daemon.connects()
        let idle = IdleConnections(600, to: daemon.port)
        defer { idle.end() }
        for _ in 0..<5 {
          let probe = try await daemon.get("/healthz")
          #expect(probe.status == 200, "\(probe)")
        }
        try await site.restartLocation()
        // Idle connections pass, and then there is room for others, too.
        let run = try await eventually("a launch") {
          try? await daemon.client.launch(LaunchRequest(selection: "fixture/quick")).run.id
        }.answer
        #expect(try await daemon.ends(run) == .succeeded)
        try await daemon.child.end()
      }
    }

    @Test func `a system without a file for another connection stops nothing for good`() async throws {
      try await Site.with { site in
        // Too few even for the connections that there are in any case.
        let daemon = try site.daemon("d", shell: "ulimit -n 56")
        try await daemon.becomes(.leading)
        let before = try daemon.child.processorTime()
        // About five of them pass in a second, once their head times are over.
        let idle = IdleConnections(100, to: daemon.port)
        try await eventually("the pause") { daemon.child.output.contains("no connections are accepted for a moment") ? () : nil }
        // Head times pass meanwhile, and connections are accepted and closed again.
        try await eventually("an answer") { (try? await daemon.get("/healthz"))?.status == 200 ? () : nil }
        let spent = try daemon.child.processorTime() - before
        #expect(spent < .seconds(5), "\(spent)")
        idle.end()
        try await eventually("service") { (try? await daemon.status()) == nil ? nil : () }
        try await daemon.child.end()
      }
    }
  }
}

/// Connections that say nothing.
private final class IdleConnections: Sendable {
  private let descriptors: [Int32]

  init(_ count: Int, to port: Int) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    descriptors = (0..<count).map { _ in
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      // Whoever waits for an answer does not: the system says that it is connected, or tries.
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      return descriptor
    }
  }

  func end() { for descriptor in descriptors where descriptor >= 0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
  deinit { for descriptor in descriptors where descriptor >= 0 { _ = close(descriptor) } }
}
